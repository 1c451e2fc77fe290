package org.minigpt4j.config;

/** Which pictures count as duplicates ({@code prepare.dedupe}); addresses are always compared. */
public enum Dedupe {
    /** Same address. */
    URL,
    /** Same bytes of the file. */
    SHA256,
    /** Similar perceptual hash, or same bytes of the file. */
    PERCEPTUAL
}
