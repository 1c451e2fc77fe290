package org.minigpt4j.train;

/**
 * One iteration in figures.
 *
 * @param step iterations done, this one included
 * @param epoch its epoch, from 0
 * @param iteration its place in the epoch, from 0
 * @param loss mean cross entropy over the labelled tokens, before the update
 * @param learningRate the rate of this iteration
 * @param gradientNorm Euclidean norm of the gradient, after averaging over tokens
 * @param samples images in it
 * @param tokens places of its sequences, padding left out
 * @param seconds how long it took, waiting for data included
 * @param dataSeconds how long it waited for data
 */
public record StepReport(
        int step,
        int epoch,
        int iteration,
        double loss,
        double learningRate,
        double gradientNorm,
        int samples,
        int tokens,
        double seconds,
        double dataSeconds) {

    /** Images a second. */
    public double samplesPerSecond() {
        return samples / seconds;
    }
}
