package org.minigpt4j.config;

import org.minigpt4j.config.bind.SectionProblems;

/** The number format of weights and matrix products ({@code run.precision}). */
public enum Precision {
    /** Depends on the device and {@code run.amp}, as in upstream. */
    AUTO,
    /** 32 bits everywhere. */
    FP32,
    /** bfloat16; norms, softmax and loss stay in fp32. */
    BF16,
    /** float16 with loss scaling; norms, softmax and loss stay in fp32. CUDA only. */
    FP16;

    void check(DeviceKind device, SectionProblems problems) {
        if (this == FP16 && device == DeviceKind.CPU) {
            problems.reject(
                    "precision",
                    """
                    is fp16, which a CPU computes about 200 times slower than fp32; give bf16,\
                     fp32 or auto\
                    """,
                    "device");
        }
    }

    /**
     * Resolves {@link #AUTO} for a device: fp32 on a CPU; on CUDA fp16 with {@code run.amp},
     * otherwise fp32. Returns any other precision unchanged.
     */
    public Precision resolve(boolean onCuda, boolean amp) {
        if (this != AUTO) {
            return this;
        }
        return onCuda && amp ? FP16 : FP32;
    }
}
