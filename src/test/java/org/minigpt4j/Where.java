package org.minigpt4j;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import org.minigpt4j.model.ComputePrecision;

import java.util.Arrays;
import java.util.List;

/** Where a test computes, and with which kernels. */
public enum Where {
    CPU,
    GPU_KERNELS_ON_CPU,
    CUDA;

    private static final int AMPERE = 80;

    /** What the annotations of a test class say. */
    static Where of(Class<?> test) {
        if (test.isAnnotationPresent(RequiresGpu.class)) {
            return CUDA;
        }
        return test.isAnnotationPresent(GpuKernels.class) ? GPU_KERNELS_ON_CPU : CPU;
    }

    public Device device() {
        return this == CUDA ? Device.gpu(0) : Device.cpu();
    }

    /** The value of {@code run.device} that means it. */
    public String kind() {
        return this == CUDA ? "cuda" : "cpu";
    }

    /** The precisions with less than 32 bits that compute there. */
    public List<ComputePrecision> narrow() {
        return Arrays.stream(ComputePrecision.values()).filter(this::isNarrow).toList();
    }

    private boolean isNarrow(ComputePrecision precision) {
        return switch (precision) {
            case FP32 -> false;
            case FP16 -> this != CPU;
            case BF16 ->
                    this != CUDA || Integer.parseInt(CudaUtils.getComputeCapability(0)) >= AMPERE;
        };
    }
}
