package org.minigpt4j.text;

import java.util.List;

/**
 * How a model's sequences are laid out: {@code [bos, before, image, after, caption, padding]}. A
 * model without a begin of sequence has no place for one.
 *
 * @param queries image tokens
 * @param bos id that opens a sequence, or {@link Tokenizer#NONE}
 * @param pad id that fills one up, see {@link TextBatch#of}
 */
public record SequenceLayout(int queries, int bos, int pad) {

    /**
     * The layout of training. It pads with the end of a sequence as the reference does, unless
     * captions end with that: what is equal to the padding is not learned, and the end must be.
     *
     * @param endSymbol text after every caption
     */
    public static SequenceLayout of(Tokenizer tokenizer, int queries, String endSymbol) {
        int eos = tokenizer.eosId();
        int[] end = tokenizer.encode(endSymbol);
        boolean learned = end.length > 0 && end[end.length - 1] == eos;
        return new SequenceLayout(queries, tokenizer.bosId(), learned ? tokenizer.padId() : eos);
    }

    /** Captions after one prompt, see {@link TextBatch#of}. */
    public TextBatch batch(int[] before, int[] after, List<int[]> captions) {
        return TextBatch.of(before, after, captions, queries, bos, pad);
    }

    /** A prompt alone, to be gone on with. */
    public TextBatch prompt(int[] before, int[] after) {
        return batch(before, after, List.of(new int[0]));
    }
}
