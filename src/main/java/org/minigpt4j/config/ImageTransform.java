package org.minigpt4j.config;

/** How a picture becomes a square: the two transforms that upstream trained with. */
public enum ImageTransform {
    /**
     * The whole picture, resized to a square without keeping its aspect ratio; upstream's later
     * default.
     */
    RESIZE,
    /** A random part of the picture; upstream's default in its first months. */
    RANDOM_RESIZED_CROP
}
