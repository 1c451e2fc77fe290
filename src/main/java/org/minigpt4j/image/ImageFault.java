package org.minigpt4j.image;

/** Why a picture file cannot be used. */
public enum ImageFault {
    /** A file without a byte. */
    EMPTY,
    /** It cannot be decoded, or not to its end. */
    BROKEN,
    /** More pixels than the limit; seen before decoding. */
    TOO_MANY_PIXELS,
    /** It would take too long: many more scans than pictures have; seen before decoding. */
    TOO_COMPLEX
}
