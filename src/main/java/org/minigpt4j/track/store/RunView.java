package org.minigpt4j.track.store;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A run as stored.
 *
 * @param started milliseconds since 1970
 * @param ended milliseconds since 1970; empty while the run is in progress
 * @param inputs the data sets that it reads, sorted by name
 * @param latest the point with the highest step of each metric
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

    /** The beginning of the identifier, long enough to distinguish runs. */
    public String shortId() {
        return id.substring(0, Math.min(8, id.length()));
    }
}
