package org.minigpt4j.weights;

import java.util.Collections;
import java.util.List;

/** A Python tuple in a {@link TorchFile}'s tree, which a list would not be written back as. */
public record PyTuple(List<Object> items) {

    /** Takes the list as it is; items may be null, which is Python's None. */
    public PyTuple {
        items = Collections.unmodifiableList(items);
    }

    /** A tuple of these values. */
    public static PyTuple of(Object... items) {
        return new PyTuple(List.of(items));
    }
}
