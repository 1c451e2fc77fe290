package org.minigpt4j.config.bind;

import org.minigpt4j.config.yaml.Origin;
import org.minigpt4j.config.yaml.Tree;

/** A full key and the place where a mistake in it is reported. */
record Spot(Origin origin, String key) {

    /** The spot of a key in a section: where its value was written. */
    Spot below(String name, Tree.Mapping section) {
        Tree value = section.get(name);
        Spot child = new Spot(origin, child(name));
        return value == null ? child : child.at(value);
    }

    /**
     * The same key with another value; for a built-in value, mistakes are reported at the user's
     * section.
     */
    Spot at(Tree value) {
        return value.origin().isBuiltIn() ? this : new Spot(value.origin(), key);
    }

    String child(String name) {
        return key.isEmpty() ? name : key + "." + name;
    }
}
