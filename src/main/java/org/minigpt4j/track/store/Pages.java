package org.minigpt4j.track.store;

import org.mlflow_project.google.protobuf.Message;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** Reads results that a server returns page by page, and fails if they do not end. */
final class Pages {

    private static final int MOST_PAGES = 2_000;
    private static final long MOST_BYTES = 512L << 20;

    private Pages() {}

    /** Requests the page for a token. */
    interface Source<T> {
        T page(String token) throws UnavailableException, RefusedException;
    }

    /** Processes a page. */
    interface Sink<T> {
        void add(T page) throws UnavailableException;
    }

    static <T extends Message> void each(
            RestTransport server, Source<T> source, Function<T, String> next, Sink<T> sink)
            throws UnavailableException, RefusedException {
        Set<String> seen = new HashSet<>();
        long bytes = 0;
        String token = "";
        do {
            T page = source.page(token);
            bytes += page.getSerializedSize();
            sink.add(page);
            token = next.apply(page);
            if (!seen.add(token) || seen.size() > MOST_PAGES || bytes > MOST_BYTES) {
                throw server.odd(
                        "%d pages of %s without an end"
                                .formatted(seen.size(), page.getDescriptorForType().getFullName()),
                        null);
            }
        } while (!token.isEmpty());
    }
}
