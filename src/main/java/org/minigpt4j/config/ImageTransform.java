package org.minigpt4j.config;

/** How a square is found in a picture: the two ways that upstream trained with. */
public enum ImageTransform {
    /** The whole picture, its sides scaled alike or not; upstream's way in its later months. */
    RESIZE,
    /** A random part of the picture; what upstream's first months trained with. */
    RANDOM_RESIZED_CROP
}
