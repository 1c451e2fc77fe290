package org.minigpt4j.track.store;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A run as a store shows it.
 *
 * @param started milliseconds since 1970
 * @param ended the same, once it has ended
 * @param inputs the data sets that it reads, by name
 * @param latest of each metric the point with the highest step
 */
public record RunView(
        String id,
        String experiment,
        String name,
        RunStatus status,
        long started,
        OptionalLong ended,
        String artifactUri,
        Map<String, String> params,
        Map<String, String> tags,
        List<RunInput> inputs,
        Map<String, Point> latest) {

    /** The beginning of the identifier, which distinguishes runs. */
    public String shortId() {
        return id.substring(0, Math.min(8, id.length()));
    }
}
