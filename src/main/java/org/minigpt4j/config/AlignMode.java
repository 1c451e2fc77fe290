package org.minigpt4j.config;

/** What to do with a stage 2 folder ({@code align.mode}). */
public enum AlignMode {
    /** Look at every pair of a folder that is there. */
    CHECK,
    /** Make such a folder from other pictures with captions. */
    BUILD
}
