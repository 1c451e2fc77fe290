package org.minigpt4j.data.sample;

/** Why a sample cannot be trained on. */
public enum Fault {
    /** The tar ends inside a member, or a header is damaged; everything after that is lost. */
    BROKEN_SHARD,
    /**
     * A sample has more than one picture, for example a mask. Only one is read; no sample is lost.
     */
    MORE_PICTURES,
    /** Another sample of the shard has the same key, or one file of the sample occurs twice. */
    DUPLICATE_KEY,
    /** No jpg, jpeg, png or webp file. */
    NO_IMAGE,
    /** Neither a json file with a caption nor a txt file. */
    NO_CAPTION,
    /** The caption is not valid text in UTF-8, nor in the encoding of its byte-order mark. */
    BROKEN_CAPTION,
    /** The picture file is empty. */
    EMPTY_IMAGE,
    /** The picture cannot be decoded, or only partly. */
    BROKEN_IMAGE,
    /** More pixels than the limit; detected before decoding. */
    TOO_MANY_PIXELS,
    /** The picture would take too long to decode; detected before decoding. */
    TOO_COMPLEX,
    /** After tokenizing, no token is left but the end of sequence. */
    NOTHING_TO_LEARN
}
