package org.minigpt4j.model;

import java.util.SplittableRandom;

/**
 * The projection, or anything of its form: its gradient, or a moment of the optimizer.
 *
 * @param weight [hidden, width], row by row
 * @param bias [hidden]
 */
public record ProjectionValues(float[] weight, float[] bias) {

    /** Zeros in the form of this one. */
    public ProjectionValues zeros() {
        return new ProjectionValues(new float[weight.length], new float[bias.length]);
    }

    /** A copy. */
    public ProjectionValues copy() {
        return new ProjectionValues(weight.clone(), bias.clone());
    }

    /** Multiplies every value by {@code factor}, in place. */
    public void scale(float factor) {
        for (int i = 0; i < weight.length; i++) {
            weight[i] *= factor;
        }
        for (int i = 0; i < bias.length; i++) {
            bias[i] *= factor;
        }
    }

    /** Adds {@code other} to this one, in place. */
    public void add(ProjectionValues other) {
        add(weight, other.weight);
        add(bias, other.bias);
    }

    private static void add(float[] sum, float[] values) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i];
        }
    }

    /** Sets every value to zero. */
    public void clear() {
        java.util.Arrays.fill(weight, 0);
        java.util.Arrays.fill(bias, 0);
    }

    /** Euclidean length of all values together. */
    public double norm() {
        double squares = 0;
        for (float value : weight) {
            squares += (double) value * value;
        }
        for (float value : bias) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    /**
     * Where training starts: weight and bias uniform in +-1/sqrt(width), as PyTorch's Linear
     * starts, from a random stream of our own.
     */
    public static ProjectionValues initial(int hidden, int width, long seed) {
        var random = new SplittableRandom(seed);
        double bound = 1 / Math.sqrt(width);
        float[] weight = new float[hidden * width];
        float[] bias = new float[hidden];
        for (float[] values : new float[][] {weight, bias}) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
            }
        }
        return new ProjectionValues(weight, bias);
    }
}
