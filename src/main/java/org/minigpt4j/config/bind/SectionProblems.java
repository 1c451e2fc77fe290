package org.minigpt4j.config.bind;

import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.Tree;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Collects the mistakes of one section. A rule names every key that it used; nothing is reported if
 * one of those keys is itself wrong.
 */
public final class SectionProblems {

    private final Spot section;
    private final Tree.Mapping tree;
    private final Problems problems;

    SectionProblems(Spot section, Tree.Mapping tree, Problems problems) {
        this.section = section;
        this.tree = tree;
        this.problems = problems;
    }

    /**
     * Reports a mistake.
     *
     * @param key the key relative to this section, such as {@code vit.heads}
     * @param what what is wrong and what to do: {@code is 5; give 4}
     * @param others other keys that the rule used, relative to this section
     */
    public void reject(String key, String what, String... others) {
        boolean known =
                Stream.concat(Stream.of(key), Arrays.stream(others))
                        .noneMatch(looked -> problems.concern(section.child(looked)));
        if (known) {
            Spot spot = spot(key);
            problems.add(spot.origin(), spot.key(), what);
        }
    }

    private Spot spot(String key) {
        Spot spot = section;
        Tree at = tree;
        for (String name : key.split("\\.")) {
            if (at instanceof Tree.Mapping inner) {
                spot = spot.below(name, inner);
                at = inner.get(name);
            } else {
                spot = new Spot(spot.origin(), spot.child(name));
            }
        }
        return spot;
    }
}
