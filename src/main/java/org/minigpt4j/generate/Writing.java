package org.minigpt4j.generate;

import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * One sequence that is written token by token, best or drawn. Whoever has the language model feeds
 * it: logits in, the next token to read out. So many can be written side by side, each as it would
 * be alone. One thread at a time.
 */
public final class Writing {

    private final GenerationSettings settings;
    private final int eos;
    private final int alternatives;
    private final TokenListener listener;
    private final BiConsumer<int[], float[]> watch;
    private final Optional<Multinomial> draws;
    private final List<Likelihood> likelihoods = new ArrayList<>();
    private int[] ids;

    /**
     * Begins with the implicit begin of sequence.
     *
     * @param alternatives how many likeliest tokens to note at each place; below 0 notes nothing
     * @throws IllegalArgumentException if the settings ask for several beams
     */
    public Writing(
            GenerationSettings settings,
            Tokenizer tokenizer,
            int alternatives,
            TokenListener listener) {
        this(
                settings,
                tokenizer.bosId(),
                tokenizer.eosId(),
                alternatives,
                listener,
                (sequence, scores) -> {});
    }

    Writing(
            GenerationSettings settings,
            int bos,
            int eos,
            int alternatives,
            TokenListener listener,
            BiConsumer<int[], float[]> watch) {
        if (settings.numBeams() != 1) {
            throw new IllegalArgumentException("beams are no single sequence");
        }
        this.settings = settings;
        this.eos = eos;
        this.alternatives = alternatives;
        this.listener = listener;
        this.watch = watch;
        draws =
                settings.doSample()
                        ? Optional.of(new Multinomial(settings.seed()))
                        : Optional.empty();
        ids = new int[] {bos};
    }

    /**
     * Writes the next token.
     *
     * @param logits of what follows; changed by this call
     * @return whether it continues, with the logits after {@link #last}
     */
    public boolean next(float[] logits) {
        float[] raw = alternatives < 0 ? logits : logits.clone();
        settings.process(logits, ids, eos);
        watch.accept(ids, logits);
        int next;
        if (draws.isPresent()) {
            settings.warp(logits, 1);
            next = draws.get().draw(logits, 1, ids.length)[0];
        } else {
            next = Scores.argmax(logits);
        }
        if (alternatives >= 0) {
            note(raw, next);
        }
        ids = Decoding.append(ids, next);
        boolean goesOn = listener.generated(ids);
        return goesOn
                && next != eos
                && ids.length <= settings.maxNewTokens()
                && !settings.stops(ids);
    }

    private void note(float[] logits, int token) {
        Scores.logSoftmax(logits);
        int[] best = Scores.best(logits, alternatives);
        float[] values = new float[best.length];
        for (int i = 0; i < best.length; i++) {
            values[i] = logits[best[i]];
        }
        likelihoods.add(new Likelihood(token, logits[token], best, values));
    }

    /** The token written last. */
    public int last() {
        return ids[ids.length - 1];
    }

    /** The sequence so far, the implicit begin of sequence first. */
    public int[] ids() {
        return ids;
    }

    /** What was noted of each token so far. */
    public List<Likelihood> likelihoods() {
        return Collections.unmodifiableList(likelihoods);
    }
}
