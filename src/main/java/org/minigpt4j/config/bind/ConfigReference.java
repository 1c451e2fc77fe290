package org.minigpt4j.config.bind;

import java.util.LinkedHashMap;
import java.util.stream.Collectors;

/** Renders all keys of a kind of file as Markdown tables, one table for each section. */
public final class ConfigReference {

    private ConfigReference() {}

    /** Renders the keys of files whose top level is {@code root}. */
    public static String markdown(Class<? extends Record> root) {
        var tables = new LinkedHashMap<String, String>();
        for (Catalog.Entry entry : Catalog.of(root).entries()) {
            if (entry.isSection() && entry.ignored().isEmpty()) {
                tables.put(entry.inside(), "");
            } else if (!entry.hidden()) {
                tables.merge(entry.section(), row(entry), String::concat);
            }
        }
        return tables.entrySet().stream()
                .filter(table -> !table.getValue().isEmpty())
                .map(table -> head(table.getKey()) + table.getValue())
                .collect(Collectors.joining("\n"));
    }

    /**
     * Renders in one sentence the keys that are read from an evaluation file.
     *
     * @param run the record of the section {@code run}
     * @param dataset the record of a data set's section
     */
    public static String evaluationMarkdown(
            Class<? extends Record> run, Class<? extends Record> dataset) {
        return "Of `run` it reads "
                + names(run)
                + "; of a data set "
                + names(dataset)
                + "; `model` is the same, and `model.ckpt` is required.\n";
    }

    private static String names(Class<? extends Record> section) {
        return KeySpec.of(section).keySet().stream()
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
    }

    private static String head(String section) {
        String title = section.isEmpty() ? "Other sections" : "`" + section + "`";
        return "### " + title + "\n\n| key | value | default | meaning |\n|---|---|---|---|\n";
    }

    private static String row(Catalog.Entry entry) {
        KeySpec spec = entry.spec();
        String meaning = spec.key().doc();
        if (entry.ours()) {
            meaning = "**Ours.** " + meaning;
        }
        if (!entry.ignored().isEmpty()) {
            meaning += " *Accepted and ignored: " + entry.ignored() + ".*";
        }
        return "| `%s` | %s | %s | %s |\n"
                .formatted(spec.name(), value(spec), byDefault(spec), meaning);
    }

    private static String value(KeySpec spec) {
        return spec.exists()
                .map(exists -> exists.value().description())
                .orElseGet(spec::expectation);
    }

    private static String byDefault(KeySpec spec) {
        if (spec.isRequired()) {
            return "required";
        }
        if (spec.key().byDefault().length == 0) {
            return "none";
        }
        String text = spec.key().byDefault()[0];
        return text.isBlank() ? "`\"" + text.replace("\n", "\\n") + "\"`" : "`" + text + "`";
    }
}
