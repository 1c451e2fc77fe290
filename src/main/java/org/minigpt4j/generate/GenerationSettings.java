package org.minigpt4j.generate;

import java.util.Arrays;
import java.util.List;

/**
 * How to decode; names and defaults are those of Hugging Face's {@code generate}, {@code top_k} of
 * 50 included, which counts in sampling unless it is set to 0.
 *
 * @param maxNewTokens most tokens to generate
 * @param numBeams sequences kept alive; 1 is no beam search
 * @param doSample draw tokens instead of taking the best
 * @param temperature divides scores before drawing
 * @param topK draw among so many best; 0 for all
 * @param topP draw among the best that together reach this probability; 1 for all
 * @param repetitionPenalty above 1 makes tokens less likely that are there already
 * @param lengthPenalty exponent of the length that a beam's score is divided by
 * @param minLength no end before so many tokens; the implicit begin of sequence counts
 * @param stopSequences ids that end the text when its last ids equal them; in beam search those of
 *     the first beam count, as in the reference
 * @param seed names the random draws
 */
public record GenerationSettings(
        int maxNewTokens,
        int numBeams,
        boolean doSample,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty,
        double lengthPenalty,
        int minLength,
        List<int[]> stopSequences,
        long seed) {

    /** Checks ranges. */
    public GenerationSettings {
        stopSequences = List.copyOf(stopSequences);
        require(maxNewTokens > 0, "max_new_tokens must be above 0");
        require(numBeams > 0, "num_beams must be above 0");
        require(temperature > 0, "temperature must be above 0; leave do_sample off instead");
        require(topK >= 0, "top_k must not be below 0");
        require(topP > 0 && topP <= 1, "top_p must be above 0 and at most 1");
        require(repetitionPenalty > 0, "repetition_penalty must be above 0");
        require(
                stopSequences.stream().noneMatch(stop -> stop.length == 0),
                "an empty stop sequence");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** True if the last of {@code ids} are a stop sequence. */
    public boolean stops(int[] ids) {
        for (int[] stop : stopSequences) {
            int from = ids.length - stop.length;
            if (from >= 0 && Arrays.equals(ids, from, ids.length, stop, 0, stop.length)) {
                return true;
            }
        }
        return false;
    }

    /** The same with other stop sequences. */
    public GenerationSettings withStopSequences(List<int[]> stops) {
        return new GenerationSettings(
                maxNewTokens,
                numBeams,
                doSample,
                temperature,
                topK,
                topP,
                repetitionPenalty,
                lengthPenalty,
                minLength,
                stops,
                seed);
    }

    /** What any decoding does to the scores of what follows {@code ids}. */
    void process(float[] scores, int[] ids, int eos) {
        if (repetitionPenalty != 1) {
            Scores.repetitionPenalty(scores, ids, repetitionPenalty);
        }
        if (ids.length < minLength) {
            Scores.exclude(scores, eos);
        }
    }

    /** What sampling also does to them; at least {@code minKeep} tokens are left. */
    void warp(float[] scores, int minKeep) {
        if (temperature != 1) {
            Scores.temperature(scores, temperature);
        }
        if (topK > 0) {
            Scores.topK(scores, Math.max(topK, minKeep));
        }
        if (topP < 1) {
            Scores.topP(scores, topP, minKeep);
        }
    }

    /** Begins with greedy decoding. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the settings by name. */
    public static final class Builder {

        private int maxNewTokens = 300;
        private int numBeams = 1;
        private boolean doSample;
        private double temperature = 1;
        private int topK = 50;
        private double topP = 1;
        private double repetitionPenalty = 1;
        private double lengthPenalty = 1;
        private int minLength;
        private List<int[]> stopSequences = List.of();
        private long seed;

        private Builder() {}

        /** Most tokens to generate; 300 by default, as in the reference's chat. */
        public Builder optMaxNewTokens(int maxNewTokens) {
            this.maxNewTokens = maxNewTokens;
            return this;
        }

        /** Sequences kept alive; 1 by default. */
        public Builder optNumBeams(int numBeams) {
            this.numBeams = numBeams;
            return this;
        }

        /** Draw tokens; by default the best is taken. */
        public Builder optDoSample(boolean doSample) {
            this.doSample = doSample;
            return this;
        }

        /** Divides scores before drawing; 1 by default. */
        public Builder optTemperature(double temperature) {
            this.temperature = temperature;
            return this;
        }

        /** Draw among so many best; 50 by default, 0 for all. */
        public Builder optTopK(int topK) {
            this.topK = topK;
            return this;
        }

        /** Draw among the best of this probability together; 1 by default, which is all. */
        public Builder optTopP(double topP) {
            this.topP = topP;
            return this;
        }

        /** Above 1 makes tokens less likely that are there already; 1 by default. */
        public Builder optRepetitionPenalty(double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
            return this;
        }

        /** Exponent of the length that a beam's score is divided by; 1 by default. */
        public Builder optLengthPenalty(double lengthPenalty) {
            this.lengthPenalty = lengthPenalty;
            return this;
        }

        /** No end before so many tokens; 0 by default. */
        public Builder optMinLength(int minLength) {
            this.minLength = minLength;
            return this;
        }

        /** Ids that end the text; none by default. */
        public Builder optStopSequences(List<int[]> stopSequences) {
            this.stopSequences = stopSequences;
            return this;
        }

        /** Names the random draws; 0 by default. */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public GenerationSettings build() {
            return new GenerationSettings(
                    maxNewTokens,
                    numBeams,
                    doSample,
                    temperature,
                    topK,
                    topP,
                    repetitionPenalty,
                    lengthPenalty,
                    minLength,
                    stopSequences,
                    seed);
        }
    }
}
