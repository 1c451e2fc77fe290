package org.minigpt4j.config;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every key there is, with its full path; a data set's name stands as {@code <name>}. */
record Catalog(List<Entry> entries) {

    /** A key; {@code ours} when upstream does not have it, {@code ignored} why it does nothing. */
    record Entry(String path, KeySpec spec, boolean ours, String ignored) {

        boolean isSection() {
            return Types.isSection(Types.innermost(spec.type()));
        }

        private Entry below(String prefix, KeySpec child) {
            String why = ignored.isEmpty() ? child.key().ignored() : ignored;
            return new Entry(prefix + "." + child.name(), child, ours || child.key().ours(), why);
        }
    }

    static Catalog of(Class<? extends Record> root) {
        var entries = new ArrayList<Entry>();
        for (KeySpec spec : KeySpec.of(root).values()) {
            add(new Entry(spec.name(), spec, spec.key().ours(), spec.key().ignored()), entries);
        }
        return new Catalog(List.copyOf(entries));
    }

    private static void add(Entry entry, List<Entry> entries) {
        entries.add(entry);
        Type type = entry.spec().type();
        if (entry.isSection()) {
            String prefix = entry.path() + (Types.raw(type) == Map.class ? ".<name>" : "");
            for (KeySpec child : KeySpec.of(Types.section(Types.innermost(type))).values()) {
                add(entry.below(prefix, child), entries);
            }
        }
    }

    /** Where keys of that name stand. */
    List<String> pathsOf(String name) {
        return entries.stream()
                .filter(entry -> entry.spec().name().equals(name) && entry.ignored().isEmpty())
                .map(Entry::path)
                .toList();
    }
}
