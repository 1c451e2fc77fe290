package org.minigpt4j.image;

/** Why a picture file cannot be used. */
public enum ImageFault {
    /** The file is empty. */
    EMPTY,
    /** The picture cannot be decoded, or only partly. */
    BROKEN,
    /** More pixels than the limit; detected before decoding. */
    TOO_MANY_PIXELS,
    /**
     * Decoding would take too long, because of far more scans than pictures usually have; detected
     * before decoding.
     */
    TOO_COMPLEX
}
