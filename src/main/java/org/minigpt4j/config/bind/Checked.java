package org.minigpt4j.config.bind;

/** A section with rules across several keys. */
public interface Checked {

    /**
     * Reports mistakes that no single key shows. It is called even if a key is wrong; such a key
     * then has its default or another valid value.
     */
    void check(SectionProblems problems);
}
