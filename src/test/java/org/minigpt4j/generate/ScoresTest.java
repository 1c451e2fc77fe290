package org.minigpt4j.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.model.GoldenModel;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Processors and warpers against the reference's, and what it does not show. */
class ScoresTest {

    private static final double PROBABILITY = 1e-6;
    private static final float NONE = Float.NEGATIVE_INFINITY;
    private static final Pattern WARPED =
            Pattern.compile("probs_T([0-9.]+)_topk([0-9]+)_topp([0-9.]+)_keep([0-9]+)");
    private static final Pattern TOP_P = Pattern.compile("topp([0-9.]+)_keep([0-9]+)_T([0-9.]+)");
    private static final Pattern REPETITION = Pattern.compile("rep_penalty_([0-9.]+)");

    private final Npz golden = Goldens.npz("logits_warpers.npz");
    private final Set<String> compared = new HashSet<>(Set.of("logits", "input_ids"));

    /** What is done to one row of logits. */
    private interface Warp {
        float[] apply(float[] scores, int[] ids);
    }

    @Test
    void everyWarperGivesTheProbabilitiesOfTheReference() {
        for (String name : golden.names()) {
            Matcher warped = WARPED.matcher(name);
            Matcher topP = TOP_P.matcher(name);
            Matcher repetition = REPETITION.matcher(name);
            if (warped.matches()) {
                int keep = Integer.parseInt(warped.group(4));
                compare(
                        name,
                        (scores, ids) -> {
                            Scores.temperature(scores, Double.parseDouble(warped.group(1)));
                            Scores.topK(scores, Math.max(keep, Integer.parseInt(warped.group(2))));
                            Scores.topP(scores, Double.parseDouble(warped.group(3)), keep);
                            return Scores.softmax(scores);
                        });
            } else if (topP.matches()) {
                compare(
                        name,
                        (scores, ids) -> {
                            Scores.temperature(scores, Double.parseDouble(topP.group(3)));
                            Scores.topP(
                                    scores,
                                    Double.parseDouble(topP.group(1)),
                                    Integer.parseInt(topP.group(2)));
                            return Scores.softmax(scores);
                        });
            } else if (repetition.matches()) {
                compare(
                        name,
                        (scores, ids) -> {
                            Scores.repetitionPenalty(
                                    scores, ids, Double.parseDouble(repetition.group(1)));
                            return scores;
                        });
            }
        }
        Set<String> left = new HashSet<>();
        golden.names().forEach(left::add);
        left.removeAll(compared);
        assertEquals(Set.of(), left, "goldens that nothing was compared with");
    }

    private void compare(String name, Warp warp) {
        int rows = (int) golden.shape("logits")[0];
        float[] logits = golden.floats("logits");
        long[] ids = golden.longs("input_ids");
        float[] expected = golden.floats(name);
        int vocabulary = logits.length / rows;
        int length = ids.length / rows;
        for (int row = 0; row < rows; row++) {
            float[] actual =
                    warp.apply(
                            Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary),
                            Arrays.stream(ids, row * length, (row + 1) * length)
                                    .mapToInt(Math::toIntExact)
                                    .toArray());
            GoldenModel.assertClose(
                    name + " of row " + row,
                    Arrays.copyOfRange(expected, row * vocabulary, (row + 1) * vocabulary),
                    actual,
                    PROBABILITY);
        }
        compared.add(name);
    }

    @Test
    void topKKeepsWhatTiesWithTheLast() {
        float[] scores = {1, 3, 2, 2, 0};
        Scores.topK(scores, 2);
        assertArrayEquals(new float[] {NONE, 3, 2, 2, NONE}, scores);
    }

    @Test
    void topPKeepsTheBestHoweverLikelyItIs() {
        float[] scores = {0, 20, 1};
        Scores.topP(scores, 0.01, 1);
        assertArrayEquals(new float[] {NONE, 20, NONE}, scores);
        float[] two = {0, 20, 1};
        Scores.topP(two, 0.01, 2);
        assertArrayEquals(new float[] {NONE, 20, 1}, two);
    }

    @Test
    void aTokenThatIsThereTwiceIsPenalisedOnce() {
        float[] scores = {2, -2, 2};
        Scores.repetitionPenalty(scores, new int[] {0, 1, 1, 0}, 2);
        assertArrayEquals(new float[] {1, -4, 2}, scores);
    }

    @Test
    void theBestComeInFallingOrderAndTheFirstOfEqualOnes() {
        assertArrayEquals(new int[] {3, 1, 4}, Scores.best(new float[] {NONE, 2, 1, 5, 2, 2}, 3));
        assertArrayEquals(new int[] {1, 0}, Scores.best(new float[] {NONE, 2}, 5));
    }

    @Test
    void drawsFollowTheProbabilitiesAndTheSeed() {
        float[] scores = {(float) Math.log(0.1), NONE, (float) Math.log(0.3), -0.5108256f};
        int draws = 20_000;
        int[] first = new int[4];
        int[] second = new int[4];
        for (int place = 0; place < draws; place++) {
            int[] drawn = new Multinomial(7).draw(scores, 4, place);
            assertEquals(3, drawn.length, "an excluded token cannot be drawn");
            first[drawn[0]]++;
            second[drawn[1]]++;
            assertArrayEquals(drawn, new Multinomial(7).draw(scores, 4, place));
        }
        double[] expected = {0.1, 0, 0.3, 0.6};
        // Without replacement: p(b second) is the sum over a of p(a) p(b) / (1 - p(a)).
        double[] then = new double[4];
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 4; b++) {
                then[b] += a == b ? 0 : expected[a] * expected[b] / (1 - expected[a]);
            }
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], first[i] / (double) draws, 0.015, "first draw of " + i);
            assertEquals(then[i], second[i] / (double) draws, 0.015, "second draw of " + i);
        }
        int[] other = new Multinomial(8).draw(new float[1000], 5, 0);
        assertTrue(!Arrays.equals(other, new Multinomial(7).draw(new float[1000], 5, 0)));
        assertTrue(!Arrays.equals(other, new Multinomial(8).draw(new float[1000], 5, 1)));
    }
}
