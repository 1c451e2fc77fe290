package org.minigpt4j.data.sample;

/** Why a sample cannot be learnt from. */
public enum Fault {
    /** The tar ends inside a member, or a header in it is damaged: the rest of it is lost. */
    BROKEN_SHARD,
    /** A sample has a further picture, such as a mask, which is not read; no sample is lost. */
    MORE_PICTURES,
    /** Another sample of the shard has the same key, or one file of the sample comes twice. */
    DUPLICATE_KEY,
    /** No jpg, jpeg, png or webp file. */
    NO_IMAGE,
    /** Neither a json with a caption nor a txt. */
    NO_CAPTION,
    /** A caption that is not text in UTF-8, nor in what its byte-order mark says. */
    BROKEN_CAPTION,
    /** A picture file without a byte. */
    EMPTY_IMAGE,
    /** A picture that cannot be decoded, or not to its end. */
    BROKEN_IMAGE,
    /** More pixels than the limit; seen before decoding. */
    TOO_MANY_PIXELS,
    /** A picture that would take too long to decode; seen before decoding. */
    TOO_COMPLEX,
    /** After tokenizing there is nothing to learn: no token other than the end of sequence. */
    NOTHING_TO_LEARN
}
