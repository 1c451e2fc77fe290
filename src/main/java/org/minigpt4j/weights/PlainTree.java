package org.minigpt4j.weights;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Checks what a pickle left: plain values only, no container within itself, not too deep, and not
 * too many values when shared parts are written out wherever they occur. After that a tree may be
 * walked by recursion without a thought.
 */
final class PlainTree {
    private static final int DEEPEST = 100;
    private static final long MOST_VALUES = 10_000_000;
    private static final Extent OPEN = new Extent(0, 0);

    /** How deep and, written out, how large a container is. */
    private record Extent(int depth, long values) {}

    private final Map<Object, Extent> known = new IdentityHashMap<>();

    private PlainTree() {}

    /** Gives back {@code root} if it is a plain tree, else throws IllegalArgumentException. */
    static Object check(Object root) {
        new PlainTree().extent(root, 0);
        return root;
    }

    private Extent extent(Object value, int depth) {
        Collection<?> children = children(value);
        if (children == null) {
            return new Extent(0, 1);
        }
        Extent extent = known.get(value);
        if (extent == OPEN) {
            throw new IllegalArgumentException("a container that holds itself");
        }
        if (extent == null) {
            requireDepth(depth);
            known.put(value, OPEN);
            extent = sum(children, depth);
            known.put(value, extent);
        }
        requireDepth(depth + extent.depth);
        return extent;
    }

    private Extent sum(Collection<?> children, int depth) {
        int deepest = 0;
        long values = 1;
        for (Object child : children) {
            Extent extent = extent(child, depth + 1);
            deepest = Math.max(deepest, extent.depth + 1);
            values += extent.values;
            if (values > MOST_VALUES) {
                throw new IllegalArgumentException(
                        "it unfolds to more than " + MOST_VALUES + " values");
            }
        }
        return new Extent(deepest, values);
    }

    /** What a container holds, or null for a plain value. */
    private static Collection<?> children(Object value) {
        if (value instanceof Map<?, ?> dict) {
            return dict.values();
        }
        if (value instanceof PyTuple tuple) {
            return tuple.items();
        }
        if (value instanceof Collection<?> items) {
            return items;
        }
        if (value == null
                || value instanceof String
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof TorchTensor) {
            return null;
        }
        throw new IllegalArgumentException("a function, class or storage in the place of a value");
    }

    private static void requireDepth(int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("containers nested deeper than " + DEEPEST);
        }
    }
}
