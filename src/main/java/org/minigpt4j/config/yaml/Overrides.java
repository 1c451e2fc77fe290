package org.minigpt4j.config.yaml;

import org.minigpt4j.UsageException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Parses the tokens after {@code --options} in upstream's two forms: if the first contains {@code
 * =}, each is {@code a.b=c}; otherwise they are pairs {@code a.b c}. Later ones override earlier
 * ones.
 */
final class Overrides {

    private Overrides() {}

    static Tree.Mapping parse(List<String> options, Problems problems) {
        var merged = new Tree.Mapping(Origin.option(""), new LinkedHashMap<>());
        for (String assignment : assignments(options)) {
            int equals = assignment.indexOf('=');
            String key = assignment.substring(0, Math.max(equals, 0)).strip();
            if (key.isEmpty()) {
                throw new UsageException(
                        "--options "
                                + assignment
                                + ": does not have the form key=value, such as run.max_epoch=2");
            }
            var origin = Origin.option(assignment);
            Tree value = YamlTree.option(assignment.substring(equals + 1), origin, problems);
            merged = merged.mergedWith(nested(List.of(key.split("\\.", -1)), value));
        }
        return merged;
    }

    private static List<String> assignments(List<String> options) {
        if (options.isEmpty() || options.get(0).contains("=")) {
            return options;
        }
        if (options.size() % 2 != 0) {
            throw new UsageException(
                    "--options "
                            + String.join(" ", options)
                            + ": the last key has no value; write key=value or key value");
        }
        var assignments = new ArrayList<String>();
        for (int i = 0; i < options.size(); i += 2) {
            assignments.add(options.get(i) + "=" + options.get(i + 1));
        }
        return assignments;
    }

    private static Tree.Mapping nested(List<String> keys, Tree value) {
        var entries = new LinkedHashMap<String, Tree>();
        List<String> below = keys.subList(1, keys.size());
        entries.put(keys.get(0), below.isEmpty() ? value : nested(below, value));
        return new Tree.Mapping(value.origin(), entries);
    }
}
