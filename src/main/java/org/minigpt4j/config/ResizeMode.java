package org.minigpt4j.config;

/** How a picture is brought to its size, by img2dataset's names ({@code picture.resize_mode}). */
public enum ResizeMode {
    /** Unchanged size, encoded again. */
    NO,
    /** The longer edge to the size, the rest white. */
    BORDER,
    /** The shorter edge to the size. */
    KEEP_RATIO,
    /** The longer edge to the size. */
    KEEP_RATIO_LARGEST,
    /** The shorter edge to the size, then the middle square. */
    CENTER_CROP
}
