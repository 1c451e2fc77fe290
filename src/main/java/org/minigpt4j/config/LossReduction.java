package org.minigpt4j.config;

/** What the loss of a step averages over ({@code run.loss_reduction}). */
public enum LossReduction {
    /** The mean over each micro-batch, then the mean of these, like upstream's ranks. */
    RANK,
    /** The mean over all labelled tokens of the step. */
    TOKENS
}
