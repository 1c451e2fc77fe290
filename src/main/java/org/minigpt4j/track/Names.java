package org.minigpt4j.track;

import org.minigpt4j.track.store.TrackingStore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What MLflow takes as names and values; a batch with one it does not take fails as a whole. */
final class Names {

    private static final int LONGEST_NAME = 250;

    /** The longest parameter; tags may be as long on all versions since 2.11. */
    private static final int LONGEST_VALUE = 5000;

    private static final String CUT = " ...";

    private Names() {}

    /** The name with other characters than MLflow takes as underscores. */
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

    /** Pairs with names and values as MLflow takes them, in maps as large as one call takes. */
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
