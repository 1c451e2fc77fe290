package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.OnDevice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Sequences that share steps get the bits that each gets alone. */
class SharedStepTest extends OnDevice {

    private static final int SEQUENCES = 14;
    private static final int TOKENS = 20;
    private static final double ROUGH = 0.15;

    Stream<Arguments> precisions() {
        return Stream.concat(Stream.of(ComputePrecision.FP32), where.narrow().stream())
                .flatMap(
                        precision ->
                                Stream.of(
                                        Arguments.of(precision, false),
                                        Arguments.of(precision, true)));
    }

    /** A sequence, and the logits after each of its tokens. */
    private static final class Sequence {

        private final int[] ids;
        private final int prompt;
        private final List<float[]> logits = new ArrayList<>();
        private KeyValueCache cache;

        Sequence(SplittableRandom random) {
            prompt = random.nextInt(1, 8);
            int vocabulary = Goldens.dim("lvocab");
            ids = random.ints(TOKENS - random.nextInt(8), 0, vocabulary).toArray();
        }

        void read(Llama llama, NDManager manager) {
            cache = llama.cache(manager, 1, TOKENS);
            try (NDManager scratch = manager.newSubManager()) {
                long[] first = Arrays.stream(ids).limit(prompt).asLongStream().toArray();
                NDArray embeds = llama.embed(scratch.create(first, new Shape(1, prompt)));
                logits.add(cache.next(embeds).toFloatArray());
            }
        }

        boolean isOver() {
            return cache.length() == ids.length;
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void whoeverSharesTheStepTheBitsAreTheSame(ComputePrecision precision, boolean int8) {
        long seed = 20;
        try (Backbone backbone = GoldenModel.backbone(where, precision, int8, false);
                NDManager manager = backbone.manager().newSubManager();
                SharedStep step = new SharedStep(backbone.llama(), manager)) {
            assertTrue(step.most() >= 8);
            List<Sequence> alone = sequences(seed);
            for (Sequence one : alone) {
                one.read(backbone.llama(), manager);
                while (!one.isOver()) {
                    advance(step, List.of(one));
                }
            }
            List<Sequence> together = sequences(seed);
            share(backbone.llama(), manager, step, together, new SplittableRandom(seed));
            for (int i = 0; i < alone.size(); i++) {
                assertEquals(alone.get(i).logits.size(), together.get(i).logits.size());
                for (int k = 0; k < alone.get(i).logits.size(); k++) {
                    assertArrayEquals(
                            alone.get(i).logits.get(k),
                            together.get(i).logits.get(k),
                            "sequence %d, step %d".formatted(i, k));
                }
            }
            likeOneAtATime(backbone.llama(), manager, alone.get(0));
        }
    }

    /** They join at random, leave when they are over, and stand in another order each time. */
    private static void share(
            Llama llama,
            NDManager manager,
            SharedStep step,
            List<Sequence> all,
            SplittableRandom random) {
        List<Sequence> waiting = new ArrayList<>(all);
        List<Sequence> here = new ArrayList<>();
        while (!waiting.isEmpty() || !here.isEmpty()) {
            while (!waiting.isEmpty()
                    && here.size() < Math.min(8, step.most())
                    && (here.isEmpty() || random.nextInt(3) > 0)) {
                Sequence next = waiting.remove(random.nextInt(waiting.size()));
                next.read(llama, manager);
                here.add(random.nextInt(here.size() + 1), next);
            }
            here.removeIf(Sequence::isOver);
            if (!here.isEmpty()) {
                advance(step, here);
            }
        }
    }

    private static void advance(SharedStep step, List<Sequence> rows) {
        int[] tokens = rows.stream().mapToInt(row -> row.ids[(int) row.cache.length()]).toArray();
        float[][] logits = step.next(rows.stream().map(row -> row.cache).toList(), tokens);
        for (int i = 0; i < logits.length; i++) {
            rows.get(i).logits.add(logits[i]);
        }
    }

    private static void likeOneAtATime(Llama llama, NDManager manager, Sequence one) {
        Sequence other = new Sequence(new SplittableRandom(0));
        try (KeyValueCache cache = llama.cache(manager, 1, TOKENS)) {
            for (int k = 0; k < one.ids.length; k++) {
                NDArray token = manager.create(new long[] {one.ids[k]}, new Shape(1, 1));
                float[] logits = cache.next(llama.embed(token)).toFloatArray();
                if (k >= one.prompt - 1) {
                    float[] shared = one.logits.get(k - one.prompt + 1);
                    GoldenModel.assertClose("place " + k, shared, logits, ROUGH);
                }
            }
            // A prefix taken over is as good as one that was read.
            other.cache = llama.cache(manager, 1, TOKENS);
            other.cache.copy(cache, 5);
            assertEquals(5, other.cache.length());
            KeyValueCache fresh = llama.cache(manager, 1, TOKENS);
            long[] five = Arrays.stream(one.ids).limit(5).asLongStream().toArray();
            long[] more = {7, 8};
            fresh.next(llama.embed(manager.create(five, new Shape(1, 5)))).close();
            float[] expected =
                    fresh.next(llama.embed(manager.create(more, new Shape(1, 2)))).toFloatArray();
            float[] taken =
                    other.cache
                            .next(llama.embed(manager.create(more, new Shape(1, 2))))
                            .toFloatArray();
            GoldenModel.assertClose("after a copied prefix", expected, taken, ROUGH);
        }
        assertThrows(IllegalArgumentException.class, () -> other.cache.copy(one.cache, 100));
    }

    private static List<Sequence> sequences(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Sequence> all = new ArrayList<>();
        for (int i = 0; i < SEQUENCES; i++) {
            all.add(new Sequence(random));
        }
        return all;
    }
}
