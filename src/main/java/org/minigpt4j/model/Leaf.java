package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.kernel.Kernels;

import java.util.List;

/**
 * An array that learns on a device, and the tensors of a {@link TrainableSet} that are in it, one
 * above the other.
 */
record Leaf(NDArray array, List<String> names) {

    /** Takes its values out of {@code from}. */
    void set(TrainableValues from, NDManager manager, Kernels kernels) {
        float[] values = new float[Math.toIntExact(array.getShape().size())];
        int at = 0;
        for (String name : names) {
            float[] part = from.floats(name);
            System.arraycopy(part, 0, values, at, part.length);
            at += part.length;
        }
        // NDArray.set would make a CPU array share the memory of the buffer it is given.
        Shape shape = array.getShape();
        try (NDArray source = manager.create(values, shape)) {
            kernels.callOne(manager, "assign", array, source).close();
        }
    }

    /** Puts its values into {@code into}. */
    void read(TrainableValues into, NDManager manager, Kernels kernels) {
        put(into, read(array, manager, kernels));
    }

    /** Puts the gradient that the backward passes added up into {@code into}; it is zero then. */
    void takeGradient(TrainableValues into, NDManager manager, Kernels kernels) {
        try (NDArray gradient = array.getGradient()) {
            put(into, read(gradient, manager, kernels));
            kernels.callOne(manager, "zero", gradient).close();
        }
    }

    private void put(TrainableValues into, float[] values) {
        int at = 0;
        for (String name : names) {
            int length = into.set().tensor(name).length();
            System.arraycopy(values, at, into.values(), into.set().offset(name), length);
            at += length;
        }
    }

    /**
     * An array's values. DJL leaves the host's copy of a GPU's array to a new manager below the
     * array's own, which here lives as long as the model; so another handle is read, whose manager
     * ends.
     */
    private static float[] read(NDArray array, NDManager manager, Kernels kernels) {
        try (NDManager scratch = manager.newSubManager()) {
            int float32 = ComputePrecision.FP32.scalarType();
            return kernels.callOne(scratch, "to_dtype", array, float32).toFloatArray();
        }
    }
}
