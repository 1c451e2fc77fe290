package org.minigpt4j.prepare.align;

/** What can be found in a {@code cc_sbu_align} folder. */
public enum AlignFault {
    /** An annotation without a usable {@code image_id} or {@code caption}. */
    WRONG_SHAPE(true, "annotations are not of the form {\"image_id\": ..., \"caption\": ...}"),
    /** No {@code image/ID.jpg}. */
    MISSING_PICTURE(true, "pictures are missing"),
    /** A picture that cannot be decoded to its end. */
    UNREADABLE_PICTURE(true, "pictures cannot be decoded"),
    /** A caption without a letter or digit: nothing to learn. */
    EMPTY_CAPTION(true, "captions are empty"),
    /** Fewer usable pairs than there should be. */
    TOO_FEW(true, "fewer pairs than expected"),
    /** More than there should be; another set than the expected one. */
    TOO_MANY(false, "more pairs than expected"),
    /** The same id twice; both are trained on. */
    DUPLICATE_ID(false, "ids come more than once"),
    /** The same picture file under two ids. */
    DUPLICATE_PICTURE(false, "pictures are copies of another"),
    /** The same caption for two pictures. */
    DUPLICATE_CAPTION(false, "captions are copies of another"),
    /** U+FFFD: characters that were lost when the text was decoded somewhere. */
    BROKEN_CHARACTERS(false, "captions hold characters that were lost"),
    /** A picture that no annotation names. */
    UNUSED_PICTURE(false, "pictures have no caption");

    private final boolean serious;
    private final String what;

    AlignFault(boolean serious, String what) {
        this.serious = serious;
        this.what = what;
    }

    /** True if training would stop or go without the pair; else it is only worth knowing. */
    public boolean isSerious() {
        return serious;
    }

    /** The fault of several, as the tail of "12 ...". */
    public String what() {
        return what;
    }
}
