package org.minigpt4j.config.yaml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parsed YAML document: maps, lists and plain values, each with the place where it was written.
 */
public sealed interface Tree {

    Origin origin();

    /** The same value in plain Java: Map, List, String, Long, Double, Boolean or null. */
    Object plain();

    /** Describes the value for an error message. */
    String description();

    default boolean isNull() {
        return this instanceof Scalar scalar && scalar.value() == null;
    }

    /** A section; the origin of an entry is the line of its key. */
    record Mapping(Origin origin, Map<String, Tree> entries) implements Tree {

        public Tree get(String key) {
            return entries.get(key);
        }

        /** The section with that name; empty if there is none. */
        public Mapping section(String key) {
            return get(key) instanceof Mapping m ? m : new Mapping(origin, Map.of());
        }

        /**
         * Merges another section into this one: sections merge key by key, anything else is
         * replaced, lists as a whole. An empty section ({@code laion:}) changes nothing.
         */
        Mapping mergedWith(Mapping over) {
            var merged = new LinkedHashMap<>(entries);
            over.entries.forEach((key, tree) -> merged.merge(key, tree, Mapping::overlay));
            return new Mapping(origin.isBuiltIn() ? over.origin : origin, merged);
        }

        private static Tree overlay(Tree under, Tree over) {
            if (!(under instanceof Mapping base)) {
                return over;
            }
            if (over.isNull()) {
                return new Mapping(over.origin(), base.entries);
            }
            return over instanceof Mapping m ? base.mergedWith(m) : over;
        }

        @Override
        public Map<String, Object> plain() {
            var plain = new LinkedHashMap<String, Object>();
            entries.forEach((key, tree) -> plain.put(key, tree.plain()));
            return plain;
        }

        @Override
        public String description() {
            return "a section";
        }
    }

    /** A list. */
    record Sequence(Origin origin, List<Tree> items) implements Tree {

        @Override
        public List<Object> plain() {
            return items.stream().map(Tree::plain).toList();
        }

        @Override
        public String description() {
            return "a list";
        }
    }

    /** A String, Long, Double, Boolean or null. */
    record Scalar(Origin origin, Object value) implements Tree {

        /** Maximum length of a text that a message quotes in full. */
        private static final int LONGEST = 200;

        @Override
        public Object plain() {
            return value;
        }

        @Override
        public String description() {
            if (value == null) {
                return "null";
            }
            if (value instanceof String text) {
                return text.length() <= LONGEST
                        ? "the text \"" + text + "\""
                        : "a text of "
                                + text.length()
                                + " characters, \""
                                + text.substring(0, LONGEST)
                                + "...\"";
            }
            return value instanceof Boolean b
                    ? "the boolean " + (b ? "True" : "False")
                    : "the number " + value;
        }
    }
}
