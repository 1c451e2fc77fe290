package org.minigpt4j.config;

/** How the gradients of {@code accum_grad_iters} steps are combined ({@code run.accumulation}). */
public enum Accumulation {
    /** They are summed, as upstream: more steps give a larger gradient. */
    SUM,
    /** They are averaged. */
    MEAN
}
