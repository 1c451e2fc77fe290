package org.minigpt4j.weights;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Checks the result of reading a pickle: only plain values, no container inside itself, not too
 * deep, and not too many values if shared parts are written out at each place. Afterwards the tree
 * can safely be walked by recursion.
 */
final class PlainTree {
    private static final int DEEPEST = 100;
    private static final long MOST_VALUES = 10_000_000;
    private static final Extent OPEN = new Extent(0, 0);

    /** Depth of a container, and its number of values if written out. */
    private record Extent(int depth, long values) {}

    private final Map<Object, Extent> known = new IdentityHashMap<>();

    private PlainTree() {}

    /** Returns {@code root} if it is a plain tree, otherwise throws IllegalArgumentException. */
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
            throw new IllegalArgumentException("a container that contains itself");
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

    /** The children of a container; null for a plain value. */
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
        throw new IllegalArgumentException("a function, class or storage in place of a value");
    }

    private static void requireDepth(int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("containers nested deeper than " + DEEPEST);
        }
    }
}
