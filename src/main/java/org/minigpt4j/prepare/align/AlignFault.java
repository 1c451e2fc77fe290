package org.minigpt4j.prepare.align;

import java.util.Locale;

/** What can be found in a {@code cc_sbu_align} folder. */
public enum AlignFault {
    /** An annotation without a usable {@code image_id} or {@code caption}. */
    WRONG_SHAPE(
            true, "annotation has", "annotations have", "another form than image_id and caption"),
    /** No {@code image/ID.jpg}. */
    MISSING_PICTURE(true, "picture is", "pictures are", "missing"),
    /** A picture that cannot be decoded to its end. */
    UNREADABLE_PICTURE(true, "picture", "pictures", "cannot be decoded"),
    /** A caption without a letter or digit: nothing to learn. */
    EMPTY_CAPTION(true, "caption is", "captions are", "empty"),
    /** Fewer usable pairs than there should be. */
    TOO_FEW(true, "pair", "pairs", "fewer than expected"),
    /** More than there should be; another set than the expected one. */
    TOO_MANY(false, "pair", "pairs", "more than expected"),
    /** The same id twice; both are trained on. */
    DUPLICATE_ID(false, "id", "ids", "used more than once"),
    /** The same picture file under two ids. */
    DUPLICATE_PICTURE(false, "picture is", "pictures are", "the same file as another"),
    /** The same caption for two pictures. */
    DUPLICATE_CAPTION(false, "caption is", "captions are", "the same as another"),
    /** U+FFFD: characters that were lost when the text was decoded somewhere. */
    BROKEN_CHARACTERS(false, "caption", "captions", "with characters that were lost"),
    /** A picture that no annotation names. */
    UNUSED_PICTURE(false, "picture", "pictures", "without a caption");

    private final boolean serious;
    private final String one;
    private final String several;
    private final String what;

    AlignFault(boolean serious, String one, String several, String what) {
        this.serious = serious;
        this.one = one;
        this.several = several;
        this.what = what;
    }

    /** True if training would stop or go without the pair; else it is only worth knowing. */
    public boolean isSerious() {
        return serious;
    }

    /** So many of it, in words. */
    public String count(int number) {
        return String.format(Locale.ROOT, "%,d %s %s", number, number == 1 ? one : several, what);
    }
}
