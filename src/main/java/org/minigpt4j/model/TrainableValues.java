package org.minigpt4j.model;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A number for every place of a {@link TrainableSet}: what learns, its gradient, or a moment of the
 * optimizer.
 *
 * @param set the tensors
 * @param values all their numbers, tensor after tensor, each row by row
 */
public record TrainableValues(TrainableSet set, float[] values) {

    /** Of no tensor. */
    public static final TrainableValues NONE =
            new TrainableValues(TrainableSet.EMPTY, new float[0]);

    /** Checks that there are as many numbers as places. */
    public TrainableValues {
        if (values.length != set.length()) {
            throw new IllegalArgumentException(
                    "%d numbers for %d places".formatted(values.length, set.length()));
        }
    }

    /** A projection of this weight, [hidden, width] row by row, and bias. */
    public static TrainableValues projection(float[] weight, float[] bias) {
        TrainableSet set = TrainableSet.projection(bias.length, weight.length / bias.length);
        TrainableValues projection = new TrainableValues(set, new float[set.length()]);
        projection.put(TrainableSet.WEIGHT, weight);
        projection.put(TrainableSet.BIAS, bias);
        return projection;
    }

    /** Zeros for the same tensors. */
    public TrainableValues zeros() {
        return new TrainableValues(set, new float[values.length]);
    }

    /** A copy. */
    public TrainableValues copy() {
        return new TrainableValues(set, values.clone());
    }

    /** The numbers of one tensor: a view, no copy. */
    public FloatBuffer of(TrainableTensor tensor) {
        return FloatBuffer.wrap(values, set.offset(tensor.name()), tensor.length()).slice();
    }

    /** A copy of the numbers of the tensor of this name. */
    public float[] floats(String name) {
        int from = set.offset(name);
        return Arrays.copyOfRange(values, from, from + length(name));
    }

    /** Replaces the numbers of the tensor of this name. */
    public void put(String name, float[] numbers) {
        if (numbers.length != length(name)) {
            throw new IllegalArgumentException(
                    "%d numbers for the %d of %s".formatted(numbers.length, length(name), name));
        }
        System.arraycopy(numbers, 0, values, set.offset(name), numbers.length);
    }

    private int length(String name) {
        return set.tensor(name).length();
    }

    /** Replaces the numbers of every tensor that {@code other} has; this one must have it too. */
    public void putAll(TrainableValues other) {
        other.set.tensors().forEach(tensor -> put(tensor.name(), other.floats(tensor.name())));
    }

    /** The numbers of the tensors of {@code part}, all of which this one must have. */
    public TrainableValues only(TrainableSet part) {
        TrainableValues some = new TrainableValues(part, new float[part.length()]);
        part.tensors().forEach(tensor -> some.put(tensor.name(), floats(tensor.name())));
        return some;
    }

    /** Multiplies every value by {@code factor}, in place. */
    public void scale(float factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
    }

    /** Adds {@code other}, of the same tensors, to this one, in place. */
    public void add(TrainableValues other) {
        float[] more = other.values;
        for (int i = 0; i < values.length; i++) {
            values[i] += more[i];
        }
    }

    /** Sets every value to zero. */
    public void clear() {
        Arrays.fill(values, 0);
    }

    /** Euclidean length of all values together. */
    public double norm() {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    /** As {@link #initialProjection(TrainableSet, long)}, for a projection of one layer. */
    public static TrainableValues initialProjection(int hidden, int width, long seed) {
        return initialProjection(TrainableSet.projection(hidden, width), seed);
    }

    /**
     * Where the training of a projection starts: weight and bias of each layer uniform in
     * +-1/sqrt(channels into it), as PyTorch's Linear starts, from a random stream of our own.
     *
     * @param projection each layer's weight, followed by its bias
     */
    public static TrainableValues initialProjection(TrainableSet projection, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[projection.length()];
        double bound = 0;
        int end = 0;
        for (TrainableTensor tensor : projection.tensors()) {
            if (tensor.shape().dimension() == 2) {
                bound = 1 / Math.sqrt(tensor.shape().get(1));
            }
            int from = end;
            end += tensor.length();
            for (int i = from; i < end; i++) {
                values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
            }
        }
        return new TrainableValues(projection, values);
    }
}
