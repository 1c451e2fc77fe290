package org.minigpt4j.text;

import java.util.List;

/**
 * How a model's sequences are laid out: {@code [bos, before, image, after, caption, padding]}.
 *
 * @param queries image tokens
 * @param bos id that opens a sequence
 * @param pad id that fills one up, see {@link TextBatch#of}
 */
public record SequenceLayout(int queries, int bos, int pad) {

    /** The layout of training, which pads with the end of a sequence as the reference does. */
    public static SequenceLayout of(Tokenizer tokenizer, int queries) {
        return new SequenceLayout(queries, tokenizer.bosId(), tokenizer.eosId());
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
