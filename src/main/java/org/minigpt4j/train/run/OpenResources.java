package org.minigpt4j.train.run;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened together and is closed together, the last one first. */
final class OpenResources implements AutoCloseable {

    /** Something to be closed, without a checked exception. */
    interface Resource {
        void close();
    }

    private final Deque<Resource> open = new ArrayDeque<>();

    /** Remembers to close {@code resource} by {@code close}, and gives it back. */
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
