package org.minigpt4j.text;

/**
 * A subword vocabulary and its way of cutting text into pieces; the part of a tokenizer that
 * differs between file formats. Knows nothing of special tokens inside text.
 */
interface Pieces extends AutoCloseable {

    /** The ids of a non-empty text without special tokens, dummy prefix included. */
    int[] encode(String text);

    /** How many pieces there are; ids run from 0. */
    int size();

    /** The piece of an id, {@code ▁} for a space, {@code <0x0A>} for a byte. */
    String piece(int id);

    /** The id of a piece, or -1. */
    int id(String piece);

    @Override
    void close();
}
