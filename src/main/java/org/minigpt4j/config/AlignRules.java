package org.minigpt4j.config;

import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;

import java.util.Map;
import java.util.Optional;

/** What the keys of {@code align} have to agree on. */
record AlignRules(Map<String, Object> bound, MergedConfig merged, Problems problems) {

    void check() {
        boolean builds = bound.get("align.mode") == AlignMode.BUILD;
        if (builds && Optional.empty().equals(bound.get("align.source"))) {
            reject(
                    "align.source",
                    "is missing; mode build needs it, with format and storage of the pairs to"
                            + " choose from");
        }
        if (bound.get("align.captions.min_words") instanceof Integer min
                && bound.get("align.captions.max_words") instanceof Integer max
                && min > max) {
            reject(
                    "align.captions.min_words",
                    "is " + min + "; give no more than max_words, " + max);
        }
    }

    private void reject(String key, String what) {
        problems.add(merged.origin(key), key, what);
    }
}
