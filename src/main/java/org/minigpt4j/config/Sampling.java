package org.minigpt4j.config;

/** How samples are drawn from the data sets ({@code run.sampling}). */
public enum Sampling {
    /** Every sample once per pass, shuffled. */
    PASSES,
    /** With replacement, as upstream samples shards. */
    UPSTREAM
}
