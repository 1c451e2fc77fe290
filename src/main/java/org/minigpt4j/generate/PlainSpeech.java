package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.Llama;
import org.minigpt4j.text.Tokenizer;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How well a language model predicts plain sentences, without a picture. One that guesses has a
 * loss near the logarithm of its vocabulary's size: a delta that was never merged, weights that do
 * not belong to the tokenizer, or random ones.
 *
 * @param loss mean cross entropy of the tokens of the best sentence
 * @param guessing the loss of a model that guesses
 */
public record PlainSpeech(double loss, double guessing) {

    private static final double NEAR = 1;

    /** The second is one of the small world's, whose model knows no other. */
    private static final List<String> SENTENCES =
            List.of(
                    "The capital of France is Paris, and the capital of Italy is Rome.",
                    "a red circle on a blue background");

    /** Reads the sentences. */
    public static PlainSpeech of(Llama llama, Tokenizer tokenizer, NDManager parent) {
        double best = Double.POSITIVE_INFINITY;
        for (String sentence : SENTENCES) {
            best = Math.min(best, loss(llama, tokenizer, parent, sentence));
        }
        return new PlainSpeech(best, Math.log(llama.dims().vocab()));
    }

    private static double loss(Llama llama, Tokenizer tokenizer, NDManager parent, String text) {
        IntStream begin =
                tokenizer.bosId() == Tokenizer.NONE
                        ? IntStream.empty()
                        : IntStream.of(tokenizer.bosId());
        long[] ids =
                IntStream.concat(begin, IntStream.of(tokenizer.encode(text)))
                        .asLongStream()
                        .toArray();
        try (NDManager manager = parent.newSubManager()) {
            NDArray embeds = llama.embed(manager.create(ids, new Shape(1, ids.length)));
            NDArray rows = manager.create(LongStream.range(0, ids.length - 1).toArray());
            NDArray labels = manager.create(LongStream.of(ids).skip(1).toArray());
            NDArray loss = llama.loss(embeds, rows, labels);
            return loss.toType(DataType.FLOAT64, false).getDouble() / (ids.length - 1);
        }
    }

    /** What is likely wrong, if the model guesses. */
    public Optional<String> warning() {
        return loss < guessing - NEAR
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "the language model guesses: plain sentences have a loss of %.2f,"
                                        + " and %.2f is that of any word at random. Are its"
                                        + " weights a delta that was never merged (weights"
                                        + " merge-delta), random, or another tokenizer's?",
                                loss,
                                guessing));
    }
}
