package org.minigpt4j.model;

/**
 * How a Q-Former learns.
 *
 * @param dropout share of values that is dropped in training; upstream's is 0.1
 * @param seed of the run, which decides together with a micro-batch's position what is dropped
 */
public record QFormerTuning(double dropout, long seed) {}
