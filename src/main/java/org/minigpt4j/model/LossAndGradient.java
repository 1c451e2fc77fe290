package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;

/**
 * What a frozen decoder gives back.
 *
 * @param loss cross entropy summed over the labelled places, float32 scalar
 * @param gradient of the loss, times the asked scale, with respect to the input embeddings
 */
public record LossAndGradient(NDArray loss, NDArray gradient) {}
