package org.minigpt4j.config.bind;

/** A section whose keys have to agree with each other. */
public interface Checked {

    /**
     * Tells the mistakes that no key shows by itself. Called even when a key is wrong, with a
     * default or another possible value in its place.
     */
    void check(SectionProblems problems);
}
