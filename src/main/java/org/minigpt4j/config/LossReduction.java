package org.minigpt4j.config;

/** What the loss of a step averages over ({@code run.loss_reduction}). */
public enum LossReduction {
    /** The mean of each micro-batch, then the mean of those, as ranks of upstream do it. */
    RANK,
    /** All labelled tokens of the step alike. */
    TOKENS
}
