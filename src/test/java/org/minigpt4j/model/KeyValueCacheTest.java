package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.OnDevice;
import org.minigpt4j.UsageException;
import org.minigpt4j.Where;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Reading piece by piece gives the logits of reading at once. */
class KeyValueCacheTest extends OnDevice {

    private static final double EXACT = 1e-4;
    private static final double ROUGH = 0.15;
    private static final int TOKENS = 24;

    private final Backbone backbone =
            GoldenModel.backbone(where, ComputePrecision.FP32, false, false);

    @AfterAll
    void close() {
        backbone.close();
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void everyStepGivesTheLogitsOfTheWholeSequence(
            ComputePrecision precision, boolean int8, double tolerance) {
        try (Backbone other = GoldenModel.backbone(where, precision, int8, false);
                NDManager manager = other.manager().newSubManager()) {
            long[][] ids = random(2, TOKENS);
            float[][] whole = everyLogits(other.llama(), manager, ids);
            for (int prompt : new int[] {1, 7, TOKENS}) {
                try (KeyValueCache cache = other.llama().cache(manager, ids.length, TOKENS)) {
                    float[] logits = next(other.llama(), manager, columns(ids, 0, prompt), cache);
                    for (int place = prompt; place <= TOKENS; place++) {
                        float[] expected = Arrays.copyOf(whole[place - 1], logits.length);
                        String name = precision + " behind " + place + ", prompt of " + prompt;
                        GoldenModel.assertClose(name, expected, logits, tolerance);
                        if (place < TOKENS) {
                            long[][] token = columns(ids, place, place + 1);
                            logits = next(other.llama(), manager, token, cache);
                        }
                    }
                }
            }
        }
    }

    /** The processor's kernels round few rows to bfloat16 before an int8 weight. */
    Stream<Arguments> precisions() {
        Stream<Arguments> wide =
                Stream.of(
                        Arguments.of(ComputePrecision.FP32, false, EXACT),
                        Arguments.of(
                                ComputePrecision.FP32, true, where == Where.CPU ? ROUGH : EXACT));
        return Stream.concat(
                wide,
                where.narrow().stream()
                        .flatMap(
                                precision ->
                                        Stream.of(false, true)
                                                .map(
                                                        int8 ->
                                                                Arguments.of(
                                                                        precision, int8, ROUGH))));
    }

    @Test
    void promptsPaddedOnTheLeftGiveTheLogitsOfEachAlone() {
        int[] padding = {0, 3, 6};
        int prompt = 9;
        try (NDManager manager = backbone.manager().newSubManager()) {
            long[][] ids = random(padding.length, TOKENS);
            long[] attended = new long[padding.length * prompt];
            for (int row = 0; row < padding.length; row++) {
                for (int place = padding[row]; place < prompt; place++) {
                    attended[row * prompt + place] = 1;
                }
            }
            try (KeyValueCache cache =
                    backbone.llama().cache(manager, padding.length, TOKENS, attended)) {
                float[] logits = next(backbone.llama(), manager, columns(ids, 0, prompt), cache);
                for (int place = prompt; place < TOKENS; place++) {
                    for (int row = 0; row < padding.length; row++) {
                        long[][] alone = {Arrays.copyOfRange(ids[row], padding[row], place)};
                        float[][] expected = everyLogits(backbone.llama(), manager, alone);
                        GoldenModel.assertClose(
                                "row " + row + " behind " + place,
                                expected[expected.length - 1],
                                row(logits, padding.length, row),
                                EXACT);
                    }
                    long[][] token = columns(ids, place, place + 1);
                    logits = next(backbone.llama(), manager, token, cache);
                }
            }
        }
    }

    @Test
    void rowsShareAPromptThatWasReadOnceAndTakeOverEachOthersPast() {
        int prompt = 5;
        int[] parents = {2, 0, 0};
        try (NDManager manager = backbone.manager().newSubManager()) {
            long[][] ids = random(parents.length, TOKENS);
            for (long[] row : ids) {
                System.arraycopy(ids[0], 0, row, 0, prompt);
            }
            try (KeyValueCache cache = backbone.llama().cache(manager, parents.length, TOKENS)) {
                long[][] shared = {Arrays.copyOf(ids[0], prompt)};
                next(backbone.llama(), manager, shared, cache);
                for (int place = prompt; place < TOKENS; place++) {
                    float[] logits =
                            next(backbone.llama(), manager, columns(ids, place, place + 1), cache);
                    float[][] expected =
                            everyLogits(backbone.llama(), manager, columns(ids, 0, place + 1));
                    GoldenModel.assertClose("behind " + place, expected[place], logits, EXACT);
                    if (place % 4 == 0) {
                        cache.reorder(parents);
                        long[][] before = ids.clone();
                        for (int row = 0; row < parents.length; row++) {
                            ids[row] = before[parents[row]].clone();
                            long[] own = random(parents.length, TOKENS)[row];
                            System.arraycopy(own, 0, ids[row], place + 1, TOKENS - place - 1);
                        }
                    }
                }
            }
        }
    }

    @Test
    void moreThanThereIsRoomForIsRefused() {
        try (NDManager manager = backbone.manager().newSubManager();
                KeyValueCache cache = backbone.llama().cache(manager, 2, 4)) {
            next(backbone.llama(), manager, random(2, 4), cache);
            var refused =
                    assertThrows(
                            UsageException.class,
                            () -> next(backbone.llama(), manager, random(2, 1), cache));
            assertTrue(refused.getMessage().contains("1 more tokens after 4"));
            int tooMany = backbone.llama().dims().maxPositions() + 1;
            assertThrows(UsageException.class, () -> backbone.llama().cache(manager, 1, tooMany));
        }
    }

    private static long[][] random(int rows, int tokens) {
        var random = new SplittableRandom(0);
        int vocabulary = Goldens.dim("lvocab");
        long[][] ids = new long[rows][];
        for (int row = 0; row < rows; row++) {
            ids[row] = random.longs(tokens, 0, vocabulary).toArray();
        }
        return ids;
    }

    private static long[][] columns(long[][] ids, int from, int to) {
        return Arrays.stream(ids)
                .map(row -> Arrays.copyOfRange(row, from, to))
                .toArray(long[][]::new);
    }

    private static NDArray embed(Llama llama, NDManager manager, long[][] ids) {
        long[] flat = Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray();
        return llama.embed(manager.create(flat, new Shape(ids.length, ids[0].length)));
    }

    private static float[] next(Llama llama, NDManager manager, long[][] ids, KeyValueCache cache) {
        return cache.next(embed(llama, manager, ids)).toFloatArray();
    }

    /** Logits of all rows behind each place, by the path that training takes. */
    private static float[][] everyLogits(Llama llama, NDManager manager, long[][] ids) {
        int tokens = ids[0].length;
        float[][] logits = new float[tokens][];
        NDArray none = manager.create(new Shape(0), DataType.INT64);
        for (int place = 0; place < tokens; place++) {
            int at = place;
            long[] rows = new long[ids.length];
            Arrays.setAll(rows, row -> (long) row * tokens + at);
            NDArray embeds = embed(llama, manager, ids);
            logits[place] = llama.logits(embeds, none, manager.create(rows)).toFloatArray();
        }
        return logits;
    }

    private static float[] row(float[] logits, int rows, int row) {
        int vocabulary = logits.length / rows;
        return Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
    }
}
