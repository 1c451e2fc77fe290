package org.minigpt4j.prepare;

/** Whoever watches a preparation. Called from several threads, one at a time. */
public interface PrepareListener {

    /** A sentence for a person. */
    void notice(String sentence);

    /** What is begun, such as {@code drawing 300 pairs}; until the next one, or progress, comes. */
    default void phase(String what) {}

    /** How far the work is; about once a second. */
    void progress(PrepareProgress progress);
}
