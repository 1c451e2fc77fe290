package org.minigpt4j.generate;

/**
 * How likely a token was, and the likeliest ones at its place: natural logarithms of the
 * probabilities that the model gave, before penalties and drawing.
 *
 * @param id the token that was written
 * @param logProbability of it
 * @param bestIds the likeliest tokens, falling
 * @param bestLogProbabilities of them
 */
public record Likelihood(
        int id, float logProbability, int[] bestIds, float[] bestLogProbabilities) {}
