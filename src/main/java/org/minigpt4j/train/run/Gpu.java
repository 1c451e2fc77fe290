package org.minigpt4j.train.run;

/**
 * GPUs that a forecast knows: dense float16 peak and memory from their data sheets, and whether
 * bfloat16 has the same peak.
 */
public enum Gpu {
    /** NVIDIA T4. */
    T4(65, 16, false),
    /** NVIDIA V100. */
    V100(125, 32, false),
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

    /** Rough fraction of that peak that float32 without TF32 reaches, on all of them. */
    private static final double FP32_SHARE = 1 / 16.0;

    private final double tflops;
    private final int gigabytes;
    private final boolean bfloat16;

    Gpu(double tflops, int gigabytes) {
        this(tflops, gigabytes, true);
    }

    Gpu(double tflops, int gigabytes, boolean bfloat16) {
        this.tflops = tflops;
        this.gigabytes = gigabytes;
        this.bfloat16 = bfloat16;
    }

    /** Whether bfloat16 runs at peak speed; GPUs before Ampere lack it. */
    public boolean hasBfloat16() {
        return bfloat16;
    }

    /** Peak operations per second. */
    public double peakFlops(boolean half) {
        return tflops * 1e12 * (half ? 1 : FP32_SHARE);
    }

    /** Memory in bytes. */
    public long bytes() {
        return gigabytes * 1_000_000_000L;
    }
}
