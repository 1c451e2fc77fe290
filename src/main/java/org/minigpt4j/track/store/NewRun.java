package org.minigpt4j.track.store;

import java.util.Map;

/**
 * A run to create.
 *
 * @param experiment name of its experiment
 * @param name display name
 * @param key a unique key, stored as the tag {@link #KEY_TAG}; it finds a run again whose creation
 *     was never acknowledged
 * @param started milliseconds since 1970
 * @param user the user who started it
 * @param tags further tags
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
