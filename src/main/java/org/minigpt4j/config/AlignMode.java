package org.minigpt4j.config;

/** What to do with a stage 2 folder ({@code align.mode}). */
public enum AlignMode {
    /** Examine every pair of an existing folder. */
    CHECK,
    /** Create such a folder from other captioned pictures. */
    BUILD
}
