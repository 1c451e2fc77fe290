package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.Parameter.Type;

import org.minigpt4j.model.kernel.Kernel;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A block whose weights come from a file and never learn. It declares each weight under the key
 * that the upstream file uses, with its shape; {@link WeightLoader} fills them, and {@link
 * RandomWeights} writes files that fit.
 *
 * <p>A key may name several tensors at once: {@code q_proj,k_proj} in braces stacks both along
 * their first axis, and the part {@code 0} stands for zeros. So fused linear maps are declared in
 * one line.
 *
 * <p>The parameter's type says how it is kept: {@code WEIGHT} and {@code BIAS} in the model's
 * precision (a {@code WEIGHT} perhaps as int8 with a scale per row), everything else in float32.
 */
public abstract class FrozenBlock extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Kernels kernels;
    private final Set<Parameter> scalable = new LinkedHashSet<>();
    private final Map<Parameter, NDArray> scales = new ConcurrentHashMap<>();

    FrozenBlock(Kernels kernels) {
        super(VERSION);
        this.kernels = kernels;
    }

    /** Declares a weight of the upstream file. */
    final Parameter frozen(Type type, String key, long... shape) {
        return addParameter(
                Parameter.builder()
                        .setName(key)
                        .setType(type)
                        .optShape(new Shape(shape))
                        .optRequiresGrad(false)
                        .build());
    }

    /** Declares a linear map that may be kept as int8 with a scale per row. */
    final Parameter scalable(String key, long... shape) {
        Parameter parameter = frozen(Type.WEIGHT, key, shape);
        scalable.add(parameter);
        return parameter;
    }

    /** True for what {@link #scalable} declared. */
    final boolean isScalable(Parameter parameter) {
        return scalable.contains(parameter);
    }

    /** Whose weights these are. */
    abstract WeightOwner owner();

    /** The sizes that all shapes follow from, in the model and as a file has them. */
    abstract List<WeightSize> sizes(Map<String, TensorInfo> tensors);

    /** True if a tensor of shape {@code found} can become the parameter, or part of it. */
    boolean accepts(Parameter parameter, long[] found, long[] expected) {
        return Arrays.equals(found, expected);
    }

    /** True if the source has a weight in another shape, which {@link #interpolate} makes right. */
    boolean interpolates(Parameter parameter, TensorSource source) {
        return false;
    }

    /** The weight in the shape of the model; closes what it is given. */
    NDArray interpolate(NDArray value) {
        throw new IllegalStateException("this block takes every weight as it is");
    }

    /** Sets a weight; {@code scale} [rows] goes with an int8 value and is empty for the others. */
    final void fill(Parameter parameter, NDArray value, NDArray scale) {
        parameter.setShape(null); // DJL takes the shape from the array, and no second one
        parameter.setArray(value);
        if (isScalable(parameter)) {
            scales.put(parameter, scale);
        }
    }

    /** How many arguments these weights are to a kernel: a {@link #scalable} one is two. */
    final int arguments(Parameter... weights) {
        return (int) Arrays.stream(weights).filter(this::isScalable).count() + weights.length;
    }

    /** A kernel to {@link #run}, checked against the text while the block is built. */
    final Kernel kernel(String name, int arguments) {
        return kernels == null ? new Kernel(name, arguments) : kernels.kernel(name, arguments);
    }

    /**
     * Runs a kernel; parameters among the arguments stand for their arrays, a {@link #scalable} one
     * for its array and its scale, null among several for an empty array.
     */
    final NDArray run(NDManager results, Kernel kernel, Object... arguments) {
        return runAll(results, kernel, arguments).singletonOrThrow();
    }

    /** {@link #run} for a kernel with several results. */
    final NDList runAll(NDManager results, Kernel kernel, Object... arguments) {
        List<Object> flat = new ArrayList<>(arguments.length + 16);
        for (Object argument : arguments) {
            if (argument instanceof Parameter[] many) {
                for (Parameter parameter : many) {
                    add(flat, parameter);
                }
            } else if (argument instanceof Parameter parameter) {
                add(flat, parameter);
            } else {
                flat.add(argument);
            }
        }
        return kernels.callAll(results, kernel, flat.toArray());
    }

    private void add(List<Object> arguments, Parameter parameter) {
        if (parameter == null) {
            arguments.add(kernels.none());
            return;
        }
        arguments.add(parameter.getArray());
        if (isScalable(parameter)) {
            arguments.add(scales.get(parameter));
        }
    }
}
