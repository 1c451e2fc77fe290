package org.minigpt4j.config.yaml;

import com.google.gson.Gson;
import com.google.gson.stream.JsonWriter;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A configuration after the merge, with upstream's key names and order. It holds only what the
 * files and options set. As in upstream, defaults of other keys are only in the records.
 */
public final class MergedConfig {

    private final Tree.Mapping tree;
    private final List<String> notices;

    MergedConfig(Tree.Mapping tree, List<String> notices) {
        this.tree = tree;
        this.notices = List.copyOf(notices);
    }

    /** Reads a file of the given kind, with options on top. */
    public static MergedConfig read(
            Path cfg, FileKind kind, List<String> options, Problems problems) {
        MainBranch.Translated merged = Layers.merge(cfg, kind, options, problems);
        return new MergedConfig(merged.tree(), merged.notices());
    }

    /**
     * A line for each key that has another place in upstream's main branch: {@code file:line: key:
     * ...}.
     */
    public List<String> notices() {
        return notices;
    }

    public Tree.Mapping tree() {
        return tree;
    }

    /**
     * Where a key such as {@code model.llama_model} was set: {@code file:line}, or the option's
     * text. For a key that was not set, the place of the section that would contain it.
     */
    public String where(String key) {
        return origin(key).toString();
    }

    public Origin origin(String key) {
        Tree at = tree;
        Origin place = tree.origin();
        for (String name : key.split("\\.")) {
            at = at instanceof Tree.Mapping section ? section.get(name) : null;
            if (at == null) {
                break;
            }
            place = at.origin();
        }
        return place;
    }

    /** The configuration as nested maps and lists of String, Long, Double, Boolean and null. */
    public Map<String, Object> toMap() {
        return tree.plain();
    }

    /** The configuration by dotted keys, in its order; lists are JSON. */
    public Map<String, String> flat() {
        var flat = new LinkedHashMap<String, String>();
        flatten("", toMap(), flat);
        return flat;
    }

    private static void flatten(String key, Object value, Map<String, String> into) {
        if (value instanceof Map<?, ?> map) {
            map.forEach(
                    (name, inner) ->
                            flatten(key.isEmpty() ? "" + name : key + "." + name, inner, into));
        } else {
            into.put(key, value instanceof List<?> list ? new Gson().toJson(list) : "" + value);
        }
    }

    /**
     * The configuration as JSON with numbers written like Python's, so that a log begins like
     * upstream's; on one line if the indent is 0.
     */
    public String toJson(int indent) {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent(" ".repeat(indent));
            write(tree, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(Tree tree, JsonWriter json) throws IOException {
        if (tree instanceof Tree.Mapping mapping) {
            json.beginObject();
            for (var entry : mapping.entries().entrySet()) {
                json.name(entry.getKey());
                write(entry.getValue(), json);
            }
            json.endObject();
        } else if (tree instanceof Tree.Sequence sequence) {
            json.beginArray();
            for (Tree item : sequence.items()) {
                write(item, json);
            }
            json.endArray();
        } else if (tree.plain() instanceof Number number) {
            json.jsonValue(PythonNumber.format(number));
        } else if (tree.plain() instanceof Boolean flag) {
            json.value(flag);
        } else {
            json.value((String) tree.plain());
        }
    }
}
