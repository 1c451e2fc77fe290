package org.minigpt4j.prepare.picture;

/** How a picture is brought to size S: img2dataset's modes. */
public enum ResizeMode {
    /** Not at all. */
    NO,
    /** The longer side becomes S, the rest of the S x S square is white. The reference's. */
    BORDER,
    /** The shorter side becomes S. */
    KEEP_RATIO,
    /** The longer side becomes S. */
    KEEP_RATIO_LARGEST,
    /** The shorter side becomes S, and the S x S square in the middle is kept. */
    CENTER_CROP
}
