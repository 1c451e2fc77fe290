package org.minigpt4j.config;

/** What the warm-up counts ({@code run.warmup}). */
public enum Warmup {
    /** Steps of the epoch, as in upstream: a warm-up longer than an epoch starts over in each. */
    EPOCH,
    /** Steps of the run. */
    GLOBAL
}
