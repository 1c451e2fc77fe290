package org.minigpt4j.config.bind;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All keys, each section before its keys; a data set's name is shown as {@code <name>}. */
public record Catalog(List<Entry> entries) {

    /**
     * A key in its section. {@code ours} means that upstream does not have it. {@code ignored} says
     * why the key has no effect; it is {@code hidden} if that is because its whole section has
     * none.
     */
    public record Entry(
            String section, KeySpec spec, boolean ours, String ignored, boolean hidden) {

        public String path() {
            return section.isEmpty() ? spec.name() : section + "." + spec.name();
        }

        boolean isSection() {
            return Types.isSection(Types.innermost(spec.type()));
        }

        /** The section that contains its keys. */
        String inside() {
            return path() + (Types.raw(spec.type()) == Map.class ? ".<name>" : "");
        }

        private Entry child(KeySpec child) {
            boolean hidden = !ignored.isEmpty();
            return new Entry(
                    inside(),
                    child,
                    ours || child.key().ours(),
                    hidden ? ignored : child.key().ignored(),
                    hidden);
        }
    }

    public static Catalog of(Class<? extends Record> root) {
        var entries = new ArrayList<Entry>();
        for (KeySpec spec : KeySpec.of(root).values()) {
            add(new Entry("", spec, spec.key().ours(), spec.key().ignored(), false), entries);
        }
        return new Catalog(List.copyOf(entries));
    }

    private static void add(Entry entry, List<Entry> entries) {
        entries.add(entry);
        if (entry.isSection()) {
            var section = Types.section(Types.innermost(entry.spec().type()));
            KeySpec.of(section).values().forEach(child -> add(entry.child(child), entries));
        }
    }

    /** The full paths of all keys with that name. */
    List<String> pathsOf(String name) {
        return entries.stream()
                .filter(entry -> entry.spec().name().equals(name) && !entry.hidden())
                .map(Entry::path)
                .toList();
    }
}
