package org.minigpt4j.prepare;

/** Whoever watches a preparation. Called from several threads, one at a time. */
public interface PrepareListener {

    /** A sentence for a person. */
    void notice(String sentence);

    /** How far the work is; about once a second. */
    void progress(PrepareProgress progress);
}
