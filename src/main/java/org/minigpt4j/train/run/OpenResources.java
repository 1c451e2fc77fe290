package org.minigpt4j.train.run;

import java.util.ArrayDeque;
import java.util.Deque;

/** Resources that are closed together, the last one first. */
final class OpenResources implements AutoCloseable {

    /** A resource that closes without a checked exception. */
    interface Resource {
        void close();
    }

    private final Deque<Resource> open = new ArrayDeque<>();

    /** Registers {@code resource} to be closed by {@code close}, and returns it. */
    <T> T add(T resource, Resource close) {
        open.push(close);
        return resource;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
