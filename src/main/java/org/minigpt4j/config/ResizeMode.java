package org.minigpt4j.config;

/** How a picture is resized, with img2dataset's names ({@code picture.resize_mode}). */
public enum ResizeMode {
    /** Keep the size and encode again. */
    NO,
    /** Scale the longer edge to the size and pad with white to a square. */
    BORDER,
    /** Scale the shorter edge to the size. */
    KEEP_RATIO,
    /** Scale the longer edge to the size. */
    KEEP_RATIO_LARGEST,
    /** Scale the shorter edge to the size, then crop the central square. */
    CENTER_CROP
}
