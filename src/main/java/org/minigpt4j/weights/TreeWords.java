package org.minigpt4j.weights;

import org.minigpt4j.io.ForeignText;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Describes the values in the tree of a {@link TorchFile}, for messages. */
final class TreeWords {
    private static final int MOST_NAMED = 12;

    private TreeWords() {}

    /** For example {@code a dict of 39}, {@code a number}, {@code F32 [32, 768]}. */
    static String kind(Object value) {
        if (value instanceof Map<?, ?> dict) {
            long tensors = dict.values().stream().filter(TorchTensor.class::isInstance).count();
            return "a dict of %s%s"
                    .formatted(
                            Integer.toString(dict.size()),
                            tensors == 0 ? "" : ", %s tensors".formatted(Long.toString(tensors)));
        }
        if (value instanceof TorchTensor tensor) {
            return tensor.dtype() + " " + Arrays.toString(tensor.shape());
        }
        if (value instanceof Number || value instanceof Boolean) {
            return "the number %s".formatted(value);
        }
        if (value instanceof String text) {
            return "the text \"%s\"".formatted(ForeignText.line(text));
        }
        return value == null
                ? "None"
                : value instanceof List<?> || value instanceof PyTuple ? "a list" : "a set";
    }

    /**
     * Lists the keys of a dict with their values: {@code epoch (the number 3), args (a dict of 2)}.
     */
    static String entries(Map<?, ?> dict) {
        if (dict.isEmpty()) {
            return "no keys";
        }
        String first =
                dict.entrySet().stream()
                        .limit(MOST_NAMED)
                        .map(
                                entry ->
                                        "%s (%s)"
                                                .formatted(
                                                        ForeignText.line(
                                                                String.valueOf(entry.getKey())),
                                                        kind(entry.getValue())))
                        .collect(Collectors.joining(", "));
        int more = dict.size() - MOST_NAMED;
        return "the %s %s%s"
                .formatted(
                        dict.size() == 1 ? "key" : "keys",
                        first,
                        more > 0 ? " and %s more".formatted(Integer.toString(more)) : "");
    }
}
