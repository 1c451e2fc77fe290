package org.minigpt4j.config;

/** Where a run computes ({@code run.device}). */
public enum DeviceKind {
    /** NVIDIA GPUs; it is an error if the machine has none. */
    CUDA,
    /** The CPU. */
    CPU,
    /** A GPU if there is one, otherwise the CPU. */
    AUTO
}
