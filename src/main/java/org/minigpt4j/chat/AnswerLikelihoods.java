package org.minigpt4j.chat;

import ai.djl.ndarray.NDManager;

import org.minigpt4j.UsageException;

import java.util.List;
import java.util.stream.LongStream;

/** Computes how likely given texts are as the answer to a prompt. */
public final class AnswerLikelihoods {

    private final ChatModel model;

    /** Uses {@code model}; the caller must close it. */
    public AnswerLikelihoods(ChatModel model) {
        this.model = model;
    }

    /**
     * The mean log-likelihood per token of each text.
     *
     * @throws UsageException if a text has no token or is too long
     */
    public double[] of(PromptPlaces prompt, List<String> texts) {
        double[] likelihoods = new double[texts.size()];
        for (int i = 0; i < likelihoods.length; i++) {
            int[] ids = model.tokenizer().encode(texts.get(i));
            if (ids.length == 0) {
                throw new UsageException("a choice is empty, so its likelihood is undefined");
            }
            if (prompt.size() + ids.length > model.maxPositions()) {
                throw new UsageException(
                        ("a question with one of its choices has %s tokens, more than"
                                        + " the model's limit of %s")
                                .formatted(
                                        Integer.toString(prompt.size() + ids.length),
                                        Integer.toString(model.maxPositions())));
            }
            likelihoods[i] = likelihood(prompt, ids);
        }
        return likelihoods;
    }

    private double likelihood(PromptPlaces prompt, int[] ids) {
        model.turn().lock();
        try (NDManager scratch = model.newManager()) {
            long first = prompt.size() - 1L;
            long[] rows = LongStream.range(first, first + ids.length).toArray();
            float[] logits =
                    model.logits(model.embed(scratch, prompt.with(ids), 0), rows).toFloatArray();
            int vocabulary = logits.length / ids.length;
            double sum = 0;
            for (int i = 0; i < ids.length; i++) {
                sum += logLikelihood(logits, i * vocabulary, vocabulary, ids[i]);
            }
            return sum / ids.length;
        } finally {
            model.turn().unlock();
        }
    }

    private static double logLikelihood(float[] logits, int from, int vocabulary, int id) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            most = Math.max(most, logits[from + i]);
        }
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logits[from + i] - most);
        }
        return logits[from + id] - most - Math.log(sum);
    }
}
