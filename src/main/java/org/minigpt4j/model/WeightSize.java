package org.minigpt4j.model;

import org.minigpt4j.weights.TensorInfo;

import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * One of the sizes that the tensors of a block follow from.
 *
 * @param name such as {@code width}
 * @param setting where the model's size comes from
 * @param asked the size of the model
 * @param found the size of the file; empty if it does not tell
 */
record WeightSize(String name, String setting, long asked, OptionalLong found) {

    /** A dimension of a tensor, counted from 0. */
    static WeightSize of(
            String name,
            String setting,
            long asked,
            Map<String, TensorInfo> tensors,
            String key,
            int dimension) {
        long[] shape = tensors.containsKey(key) ? tensors.get(key).shape() : new long[0];
        return new WeightSize(
                name,
                setting,
                asked,
                dimension < shape.length
                        ? OptionalLong.of(shape[dimension])
                        : OptionalLong.empty());
    }

    /** How many of {@code asked} layers there are; a file may have more than are used. */
    static WeightSize layers(
            String name,
            String setting,
            long asked,
            Map<String, TensorInfo> tensors,
            String before,
            String after) {
        long found =
                LongStream.range(0, asked)
                        .takeWhile(i -> tensors.containsKey(before + i + after))
                        .count();
        return new WeightSize(name, setting, asked, OptionalLong.of(found));
    }

    /** Whether the file has another size than the model. */
    boolean differs() {
        return found.isPresent() && found.getAsLong() != asked;
    }

    @Override
    public String toString() {
        return "%s %s where %s asks for %s"
                .formatted(name, Long.toString(found.orElse(0)), setting, Long.toString(asked));
    }
}
