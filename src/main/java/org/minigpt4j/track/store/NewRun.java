package org.minigpt4j.track.store;

import java.util.Map;

/**
 * A run to be made.
 *
 * @param experiment name of its experiment
 * @param name for people
 * @param key what only this run has; it is kept as the tag {@link #KEY_TAG}, by which a run is
 *     found again whose making was never acknowledged
 * @param started milliseconds since 1970
 * @param user who started it
 * @param tags more of them
 */
public record NewRun(
        String experiment,
        String name,
        String key,
        long started,
        String user,
        Map<String, String> tags) {

    static final String KEY_TAG = "minigpt4j.run_key";
}
