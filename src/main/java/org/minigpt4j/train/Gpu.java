package org.minigpt4j.train;

/**
 * GPUs that a forecast knows: dense float16 or bfloat16 peak and memory, from their data sheets.
 */
public enum Gpu {
    /** NVIDIA T4. */
    T4(65, 16),
    /** NVIDIA V100. */
    V100(125, 32),
    /** NVIDIA A10. */
    A10(125, 24),
    /** NVIDIA L4. */
    L4(121, 24),
    /** NVIDIA RTX 4090. */
    RTX4090(165, 24),
    /** NVIDIA L40S. */
    L40S(362, 48),
    /** NVIDIA A100 with 80 GB. */
    A100(312, 80),
    /** NVIDIA H100 SXM. */
    H100(989, 80),
    /** NVIDIA H200. */
    H200(989, 141);

    /** What float32 without TF32 reaches of that, roughly, on all of them. */
    private static final double FP32_SHARE = 1 / 16.0;

    private final double tflops;
    private final int gigabytes;

    Gpu(double tflops, int gigabytes) {
        this.tflops = tflops;
        this.gigabytes = gigabytes;
    }

    /** Operations a second at best. */
    double peakFlops(boolean half) {
        return tflops * 1e12 * (half ? 1 : FP32_SHARE);
    }

    /** Bytes of memory. */
    long bytes() {
        return gigabytes * 1_000_000_000L;
    }
}
