package org.minigpt4j.track;

import org.minigpt4j.track.store.TrackingStore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adapts names and values to MLflow's limits. MLflow rejects a whole batch for a single invalid
 * one.
 */
final class Names {

    private static final int LONGEST_NAME = 250;

    /** Maximum length of a parameter; all versions since 2.11 accept tags of this length. */
    private static final int LONGEST_VALUE = 5000;

    private static final String CUT = " ...";

    private Names() {}

    /** The name, with an underscore for each character that MLflow does not accept. */
    static String name(String name) {
        String plain =
                name.replaceAll("[^\\w.\\- /]", "_")
                        .replaceAll("/+", "/")
                        .replaceAll("^[/.]+|/+$", "");
        return plain.length() > LONGEST_NAME ? plain.substring(0, LONGEST_NAME) : plain;
    }

    static String value(String value) {
        return value.length() > LONGEST_VALUE
                ? value.substring(0, LONGEST_VALUE - CUT.length()) + CUT
                : value;
    }

    /**
     * The pairs with names and values that MLflow accepts, split into maps that fit into one call.
     */
    static List<Map<String, String>> pairs(Map<String, String> pairs) {
        List<Map<String, String>> chunks = new ArrayList<>();
        Map<String, String> chunk = new LinkedHashMap<>();
        for (var pair : pairs.entrySet()) {
            chunk.put(name(pair.getKey()), value(pair.getValue()));
            if (chunk.size() == TrackingStore.MOST_NAMES) {
                chunks.add(chunk);
                chunk = new LinkedHashMap<>();
            }
        }
        if (!chunk.isEmpty()) {
            chunks.add(chunk);
        }
        return chunks;
    }
}
