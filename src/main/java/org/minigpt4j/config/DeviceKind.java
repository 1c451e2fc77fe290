package org.minigpt4j.config;

/** Where a run computes ({@code run.device}). */
public enum DeviceKind {
    /** NVIDIA GPUs; a machine without one is an error. */
    CUDA,
    /** The processor. */
    CPU,
    /** CUDA where there is a GPU, else the processor. */
    AUTO
}
