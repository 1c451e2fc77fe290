package org.minigpt4j.model;

import ai.djl.ndarray.types.Shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What learns: named tensors in the order of upstream's {@code named_parameters}, laid end to end
 * in one vector. Two sets are equal if names, shapes and order are.
 */
public final class TrainableSet {

    /** The projection's weight, [hidden of the language model, hidden of the Q-Former]. */
    public static final String WEIGHT = "llama_proj.weight";

    /** The projection's bias, [hidden of the language model]. */
    public static final String BIAS = "llama_proj.bias";

    private static final String PROJECTION = "llama_proj.";

    /** No tensor. */
    public static final TrainableSet EMPTY = new TrainableSet(List.of());

    private final List<TrainableTensor> tensors;
    private final Map<String, TrainableTensor> byName = new LinkedHashMap<>();
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private final int length;

    /**
     * A set in this order.
     *
     * @throws IllegalArgumentException if two tensors have one name
     */
    public TrainableSet(List<TrainableTensor> tensors) {
        this.tensors = List.copyOf(tensors);
        int end = 0;
        for (TrainableTensor tensor : tensors) {
            if (offsets.put(tensor.name(), end) != null) {
                throw new IllegalArgumentException("two tensors have the name " + tensor.name());
            }
            byName.put(tensor.name(), tensor);
            end = Math.addExact(end, tensor.length());
        }
        length = end;
    }

    /** A projection of one layer: from {@code width} to {@code hidden} channels. */
    public static TrainableSet projection(int hidden, int width) {
        return projection(hidden, width, 1);
    }

    /**
     * The projection alone: the first layer from {@code width} to {@code hidden} channels, the
     * others from {@code hidden} to {@code hidden}. One layer has upstream's names; several are
     * numbered as in a PyTorch {@code Sequential} with an activation after each layer but the last.
     */
    public static TrainableSet projection(int hidden, int width, int layers) {
        List<TrainableTensor> tensors = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            String prefix = layers == 1 ? PROJECTION : PROJECTION + 2 * layer + ".";
            int from = layer == 0 ? width : hidden;
            tensors.add(new TrainableTensor(prefix + "weight", new Shape(hidden, from)));
            tensors.add(new TrainableTensor(prefix + "bias", new Shape(hidden)));
        }
        return new TrainableSet(tensors);
    }

    /** Whether a tensor of this name belongs to the projection. */
    public static boolean isProjection(String name) {
        return name.startsWith(PROJECTION);
    }

    /** Whether nothing but a projection learns. */
    public boolean isProjectionAlone() {
        return tensors.stream().allMatch(tensor -> isProjection(tensor.name()));
    }

    /** The number of the projection's layers among these tensors. */
    public int projectionLayers() {
        return (int)
                tensors.stream()
                        .filter(tensor -> isProjection(tensor.name()))
                        .filter(tensor -> tensor.shape().dimension() == 2)
                        .count();
    }

    /** These tensors, then those of {@code other}. */
    public TrainableSet then(TrainableSet other) {
        return new TrainableSet(Stream.concat(tensors.stream(), other.tensors.stream()).toList());
    }

    /** Those of these tensors that {@code other} does not have. */
    public TrainableSet without(TrainableSet other) {
        List<TrainableTensor> left = new ArrayList<>(tensors);
        left.removeIf(tensor -> other.contains(tensor.name()));
        return new TrainableSet(left);
    }

    /** The tensors in their order. */
    public List<TrainableTensor> tensors() {
        return tensors;
    }

    /** How many numbers they have together. */
    public int length() {
        return length;
    }

    /** Whether a tensor of this name is in it. */
    public boolean contains(String name) {
        return offsets.containsKey(name);
    }

    /**
     * The tensor of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public TrainableTensor tensor(String name) {
        TrainableTensor tensor = byName.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("there is no tensor %s here".formatted(name));
        }
        return tensor;
    }

    /** Where the tensor of this name begins in the vector. */
    public int offset(String name) {
        return offsets.get(tensor(name).name());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrainableSet set && tensors.equals(set.tensors);
    }

    @Override
    public int hashCode() {
        return tensors.hashCode();
    }

    @Override
    public String toString() {
        return tensors.toString();
    }
}
