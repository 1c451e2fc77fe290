package org.minigpt4j.text;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The token side of a batch: what stands before and after the image, and which places learn.
 *
 * <p>A sequence is {@code [bos, before, image, after, caption, padding]}. The token at place p is
 * predicted by place p - 1, so the last place before the caption predicts its first token.
 *
 * @param size sequences b
 * @param queries image tokens between prefix and suffix
 * @param prefix ids before the image, [b * prefixLength], bos first if there is one
 * @param suffix ids after the image, [b * suffixLength], padded on the right
 * @param attended 1 for a token or image place, 0 for padding, [b * tokens]
 * @param targets label at each place, -100 where nothing is learned, [b * tokens]
 * @param rows flat places (sequence * tokens + place) that predict a label
 * @param labels the label that each row predicts
 */
public record TextBatch(
        int size,
        int queries,
        long[] prefix,
        long[] suffix,
        long[] attended,
        long[] targets,
        long[] rows,
        long[] labels) {

    /** The label of a place that is not learned from. */
    public static final int IGNORE = -100;

    /**
     * Lays out captions after one prompt.
     *
     * @param before ids of the prompt before the image, without bos
     * @param after ids of the prompt after the image
     * @param captions ids of each caption with its end symbol, already truncated
     * @param queries image tokens
     * @param bos id that opens a sequence; below 0 for none
     * @param pad id that fills up; as upstream, a caption token equal to it is attended to but not
     *     learned
     */
    public static TextBatch of(
            int[] before, int[] after, List<int[]> captions, int queries, int bos, int pad) {
        int size = captions.size();
        int longest = captions.stream().mapToInt(c -> c.length).max().orElse(0);
        int opening = bos < 0 ? 0 : 1;
        int prefixLength = opening + before.length;
        int suffixLength = after.length + longest;
        int start = prefixLength + queries + after.length;
        int tokens = start + longest;
        long[] prefix = new long[size * prefixLength];
        long[] suffix = new long[size * suffixLength];
        long[] attended = new long[size * tokens];
        long[] targets = new long[size * tokens];
        Arrays.fill(targets, IGNORE);
        var rows = LongStream.builder();
        var labels = LongStream.builder();
        for (int b = 0; b < size; b++) {
            int[] caption = captions.get(b);
            if (opening == 1) {
                prefix[b * prefixLength] = bos;
            }
            for (int i = 0; i < before.length; i++) {
                prefix[b * prefixLength + opening + i] = before[i];
            }
            for (int i = 0; i < suffixLength; i++) {
                int j = i - after.length;
                suffix[b * suffixLength + i] =
                        j < 0 ? after[i] : j < caption.length ? caption[j] : pad;
            }
            for (int p = 0; p < start + caption.length; p++) {
                attended[b * tokens + p] = 1;
            }
            for (int j = 0; j < caption.length; j++) {
                if (caption[j] != pad) {
                    int place = b * tokens + start + j;
                    targets[place] = caption[j];
                    rows.add(place - 1);
                    labels.add(caption[j]);
                }
            }
        }
        return new TextBatch(
                size,
                queries,
                prefix,
                suffix,
                attended,
                targets,
                rows.build().toArray(),
                labels.build().toArray());
    }

    /** Places of one sequence, padding included. */
    public int tokens() {
        return attended.length / size;
    }

    /** Places that are no padding, over all sequences. */
    public int attendedTokens() {
        return (int) Arrays.stream(attended).sum();
    }
}
