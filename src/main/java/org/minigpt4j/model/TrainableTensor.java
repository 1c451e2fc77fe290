package org.minigpt4j.model;

import ai.djl.ndarray.types.Shape;

import org.minigpt4j.weights.MiniGpt4Pth;

/**
 * A tensor that learns.
 *
 * @param name its key in upstream's files
 * @param shape its sizes there
 */
public record TrainableTensor(String name, Shape shape) {

    /** Whether weight decay acts on it: not on biases and norms. */
    public boolean decays() {
        return MiniGpt4Pth.decays(name, shape.dimension());
    }

    /** How many numbers it has. */
    public int length() {
        return Math.toIntExact(shape.size());
    }
}
