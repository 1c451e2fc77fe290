package org.minigpt4j.config;

/** How samples are drawn from the data sets ({@code run.sampling}). */
public enum Sampling {
    /** Every sample once a pass, shuffled. */
    PASSES,
    /** With replacement, as upstream draws shards. */
    UPSTREAM
}
