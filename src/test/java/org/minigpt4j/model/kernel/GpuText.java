package org.minigpt4j.model.kernel;

import ai.djl.ndarray.NDManager;

/** The kernels of GPUs, wherever they run. */
public final class GpuText {

    private GpuText() {}

    public static Kernels kernels(NDManager manager) {
        return new Kernels(manager, LinearMaps.ATEN);
    }
}
