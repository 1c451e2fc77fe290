package org.minigpt4j.weights;

import java.util.Collections;
import java.util.List;

/** A Python tuple in a {@link TorchFile}'s tree; a plain list would be written back as a list. */
public record PyTuple(List<Object> items) {

    /** Keeps the list without copying; items may be null, which is Python's None. */
    public PyTuple {
        items = Collections.unmodifiableList(items);
    }

    /** Creates a tuple of these values. */
    public static PyTuple of(Object... items) {
        return new PyTuple(List.of(items));
    }
}
