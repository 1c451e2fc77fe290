package org.minigpt4j.config;

/** What becomes of the gradients of {@code accum_grad_iters} steps ({@code run.accumulation}). */
public enum Accumulation {
    /** They are added up, as upstream: more steps make a larger gradient. */
    SUM,
    /** They are averaged. */
    MEAN
}
