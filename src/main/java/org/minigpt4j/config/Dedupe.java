package org.minigpt4j.config;

/** By what two pictures are one ({@code prepare.dedupe}); addresses are always compared. */
public enum Dedupe {
    /** The address only. */
    URL,
    /** The bytes of the file. */
    SHA256,
    /** A hash of what the picture looks like, or the bytes of the file. */
    PERCEPTUAL
}
