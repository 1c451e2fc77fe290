package org.minigpt4j;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A class whose tests run the kernels of GPUs on the processor, and so float16 too, which the
 * processor's own kernels are not for. All of a GPU's arithmetic but the GPU.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface GpuKernels {}
