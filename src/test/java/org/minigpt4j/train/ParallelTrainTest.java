package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.OnDevice;
import org.minigpt4j.checkpoint.CheckpointSink;
import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

public class ParallelTrainTest extends OnDevice {

    private Backbone backbone;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
    }

    @AfterAll
    void close() {
        backbone.close();
    }

    @Test
    void theNumberOfReplicasDoesNotChangeABit() throws Exception {
        for (LossReduction reduction : LossReduction.values()) {
            GoldenRun alone = run(reduction, 1);
            TrainState expected = alone.from(GoldenRun.fresh());
            for (int replicas : new int[] {2, 3, 4}) {
                GoldenRun shared = run(reduction, replicas);
                TrainState end = shared.from(GoldenRun.fresh());
                assertSameBits(replicas + " replicas, " + reduction, expected, end);
                assertEquals(losses(alone), losses(shared), replicas + " replicas");
            }
        }
    }

    @Test
    void theNumberOfReplicasMayChangeInTheMiddleOfAnEpoch() throws Exception {
        GoldenRun alone = run(LossReduction.TOKENS, 1);
        TrainState expected = alone.from(GoldenRun.fresh());
        GoldenRun four = run(LossReduction.TOKENS, 4).stopAfter(3);
        TrainState middle = four.from(GoldenRun.fresh());
        assertEquals(3, middle.step());
        GoldenRun two = run(LossReduction.TOKENS, 2);
        TrainState end = two.from(middle);
        assertSameBits("4 replicas, then 2", expected, end);
        assertEquals(losses(alone).subList(3, 12), losses(two));
        assertEquals(alone.epochs.get(0).loss(), two.epochs.get(0).loss(), "mean of the epoch");
    }

    /** The gradients of four micro-batches averaged by hand, in double. */
    @Test
    void aStepAveragesOverRanksOrOverTokens() throws Exception {
        List<Replica.Result> parts = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        try (Replicas replicas =
                        new Replicas(
                                List.of(
                                        new Replica(
                                                new MiniGpt4(backbone), GoldenBatches::features)),
                                1e12);
                BatchSource batches = new GoldenBatches(0)) {
            replicas.setTrainable(GoldenModel.initialProjection());
            for (int i = 0; i < 4; i++) {
                MicroBatch batch = batches.next();
                labels.add(batch.labels());
                parts.addAll(replicas.forwardBackward(List.of(batch), new double[] {1}));
            }
        }
        assertTrue(labels.stream().distinct().count() > 1, "all alike would tell nothing");
        double total = labels.stream().mapToInt(n -> n).sum();
        List<float[]> ways = new ArrayList<>();
        for (LossReduction reduction : LossReduction.values()) {
            int n = parts.get(0).gradient().floats(TrainableSet.WEIGHT).length;
            float[] expected = new float[n];
            for (int i = 0; i < n; i++) {
                double sum = 0;
                for (int b = 0; b < 4; b++) {
                    sum +=
                            parts.get(b).gradient().floats(TrainableSet.WEIGHT)[i]
                                    / (reduction == LossReduction.RANK
                                            ? 4.0 * labels.get(b)
                                            : total);
                }
                expected[i] = (float) (0.1 * sum); // AdamW's first moment after one step
            }
            GoldenRun one = run(reduction, 2).stopAfter(1);
            TrainState end = one.from(GoldenRun.fresh());
            GoldenModel.assertClose(
                    "" + reduction, expected, end.firstMoment().floats(TrainableSet.WEIGHT), 1e-6);
            ways.add(expected);
            double loss = parts.stream().mapToDouble(Replica.Result::loss).sum() / total;
            assertEquals(loss, one.steps.get(0).loss(), 1e-9, "the logged loss is over tokens");
        }
        assertThrows(
                AssertionError.class,
                () -> GoldenModel.assertClose("ways", ways.get(0), ways.get(1), 1e-4),
                "both ways give the same here");
    }

    @Test
    void accumulationAddsGradientsOrAveragesThem() throws Exception {
        GoldenRun sum = run(LossReduction.TOKENS, 1).stopAfter(2);
        sum.accumulate = 2;
        GoldenRun mean = run(LossReduction.TOKENS, 1).stopAfter(2);
        mean.accumulate = 2;
        mean.rules =
                new StepConfig(4, LossReduction.TOKENS, Accumulation.MEAN, Optional.empty(), 0);
        assertEquals(
                0.5 * sum.from(GoldenRun.fresh()).firstMoment().norm(),
                mean.from(GoldenRun.fresh()).firstMoment().norm(),
                1e-6);
    }

    @Test
    void aGradientLongerThanTheLimitIsShortenedToIt() throws Exception {
        GoldenRun free = run(LossReduction.TOKENS, 1).stopAfter(1);
        double norm = free.from(GoldenRun.fresh()).firstMoment().norm() / 0.1;
        GoldenRun clipped = run(LossReduction.TOKENS, 1).stopAfter(1);
        clipped.rules =
                new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.of(norm / 4), 0);
        assertEquals(
                norm / 4, clipped.from(GoldenRun.fresh()).firstMoment().norm() / 0.1, 1e-5 * norm);
        GoldenRun within = run(LossReduction.TOKENS, 1);
        within.rules =
                new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.of(1e6), 0);
        assertSameBits(
                "a shorter one is left alone",
                run(LossReduction.TOKENS, 1).from(GoldenRun.fresh()),
                within.from(GoldenRun.fresh()));
    }

    @Test
    void lossScalingByAPowerOfTwoLeavesTheResultAlone() throws Exception {
        TrainState plain = run(LossReduction.TOKENS, 2).from(GoldenRun.fresh());
        GoldenRun scaled = run(LossReduction.TOKENS, 2);
        scaled.scaled = true;
        TrainState end = scaled.from(GoldenRun.fresh());
        GoldenModel.assertClose(
                "weight",
                plain.trainable().floats(TrainableSet.WEIGHT),
                end.trainable().floats(TrainableSet.WEIGHT),
                1e-6);
        assertEquals(65536, scaled.steps.get(0).scale());
        assertEquals(12, end.scaler().growthTracker());
    }

    @Test
    void aGradientThatIsNotFiniteIsSkippedAndTheRateGoesOn() throws Exception {
        GoldenRun run = run(LossReduction.TOKENS, 2);
        run.rules = new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 2);
        run.scaled = true;
        run.source = new BrokenBatches(new GoldenBatches(0), 5, 6);
        TrainState end = run.from(GoldenRun.fresh());
        assertEquals(11, end.updates());
        assertEquals(
                List.of(2),
                run.steps.stream().filter(StepReport::skipped).map(StepReport::step).toList());
        assertEquals(32768, run.steps.get(2).scale());
        assertTrue(run.steps.get(1).learningRate() < run.steps.get(2).learningRate());
        assertTrue(Double.isFinite(end.trainable().norm()));
    }

    @Test
    void tooManySkipsInARowEndTheRunWithTheSamplesThatDidIt() {
        GoldenRun run = run(LossReduction.TOKENS, 1);
        run.rules = new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 1);
        run.source = new BrokenBatches(new GoldenBatches(0), 4, 12);
        var kept = new KeptFailure();
        run.saver = kept;
        var e = assertThrows(FailedException.class, () -> run.from(GoldenRun.fresh()));
        assertTrue(e.getMessage().startsWith("the gradient of step 3"), e.getMessage());
        assertTrue(e.getMessage().endsWith("Kept there."), e.getMessage());
        assertEquals(2, kept.failure.before().step());
        assertEquals(8, kept.failure.before().position());
        assertEquals(List.of("batch0", "batch1", "batch2", "batch3"), kept.failure.keys());
    }

    @Test
    void aFailureInAGatheringThatARunWentOnWithHasWhatWasGathered() throws Exception {
        GoldenRun before = run(LossReduction.TOKENS, 1).stopAfter(2);
        before.accumulate = 4;
        TrainState middle = before.from(GoldenRun.fresh());
        assertTrue(middle.pending().norm() > 0, "it stands in the middle of a gathering");

        GoldenRun run = run(LossReduction.TOKENS, 1);
        run.accumulate = 4;
        run.source = new BrokenBatches(new GoldenBatches(8), 4, 8); // step 4
        var kept = new KeptFailure();
        run.saver = kept;
        var e = assertThrows(FailedException.class, () -> run.from(middle));
        String steps = "the gradient of steps 1 to 4 is not finite";
        assertTrue(e.getMessage().startsWith(steps), e.getMessage());
        assertSameBits("the state before", middle, kept.failure.before());
        assertEquals(8, kept.failure.keys().size(), "samples of steps 3 and 4");

        // So it happens again, at the same step.
        GoldenRun again = run(LossReduction.TOKENS, 1);
        again.accumulate = 4;
        again.source = new BrokenBatches(new GoldenBatches(8), 4, 8);
        var twice = assertThrows(FailedException.class, () -> again.from(kept.failure.before()));
        assertTrue(twice.getMessage().startsWith(steps), twice.getMessage());
    }

    @Test
    void aRunThatIsToldToStopBeforeItsFirstStepDoesNone() throws Exception {
        GoldenRun run = run(LossReduction.TOKENS, 1).stopAfter(0);
        assertSameBits("untouched", GoldenRun.fresh(), run.from(GoldenRun.fresh()));
        assertEquals(List.of(), run.steps);
    }

    @Test
    void noArrayOutlivesAStep() throws Exception {
        try (MiniGpt4 model = new MiniGpt4(backbone);
                Replicas one =
                        new Replicas(List.of(new Replica(model, GoldenBatches::features)), 1e12);
                BatchSource batches = new GoldenBatches(0)) {
            var rate = new LearningRate.LinearWarmupCosine(1e-2, 1e-3, 1e-4, 2, 4, 3);
            var recipe =
                    new OptimizerConfig(
                            new Schedule(3, 4, 1, rate),
                            StepConfig.reference(),
                            0.999,
                            0.05,
                            false);
            List<Integer> arrays = new ArrayList<>();
            var count =
                    new TrainListener() {
                        @Override
                        public void begin(int step, int total) {
                            arrays.add(arrays(model));
                        }

                        @Override
                        public void step(StepReport report) {
                            arrays.add(arrays(model));
                        }
                    };
            new ParallelTrain(one, batches, recipe, GoldenRun.fresh())
                    .optListeners(List.of(count))
                    .run(() -> false);
            assertTrue(arrays.get(0) > 50, arrays + " are not all weights");
            assertEquals(13, arrays.size());
            assertEquals(1, arrays.stream().distinct().count(), arrays.toString());
        }
    }

    /** Arrays that the frozen parts' memory and the model's own hold. */
    private static int arrays(MiniGpt4 model) {
        return model.backbone().manager().getManagedArrays().size()
                + model.manager().getManagedArrays().size();
    }

    @Test
    void aReplicaThatFailsEndsTheStepWithItsName() {
        GoldenRun run = run(LossReduction.TOKENS, 2);
        GoldenBatches good = new GoldenBatches(0);
        run.source =
                new BatchSource() {
                    private int given;

                    @Override
                    public MicroBatch next() {
                        MicroBatch batch = good.next();
                        return ++given == 7 ? GoldenBatches.failing(batch) : batch;
                    }

                    @Override
                    public void close() {}
                };
        var e = assertThrows(FailedException.class, () -> run.from(GoldenRun.fresh()));
        String name = "replica 1 on " + where.device() + " failed:";
        assertTrue(e.getMessage().startsWith(name), e.getMessage());
        assertTrue(e.getMessage().contains("out of memory"), e.getMessage());
        assertEquals(1, run.steps.size());
    }

    private GoldenRun run(LossReduction reduction, int replicas) {
        GoldenRun run = new GoldenRun(backbone);
        run.rules = new StepConfig(4, reduction, Accumulation.SUM, Optional.empty(), 0);
        run.replicas = replicas;
        return run;
    }

    private static List<Double> losses(GoldenRun run) {
        return run.steps.stream().map(StepReport::loss).toList();
    }

    public static void assertSameBits(String what, TrainState expected, TrainState actual) {
        assertEquals(expected.step(), actual.step(), what);
        assertEquals(expected.means(), actual.means(), what);
        assertSameBits(what, expected.trainable(), actual.trainable());
        assertSameBits(what, expected.firstMoment(), actual.firstMoment());
        assertSameBits(what, expected.secondMoment(), actual.secondMoment());
        assertSameBits(what, expected.pending(), actual.pending());
    }

    private static void assertSameBits(String what, TrainableValues a, TrainableValues b) {
        assertArrayEquals(bits(a.values()), bits(b.values()), what);
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    /** Batches whose images are not numbers from one place to another. */
    private record BrokenBatches(BatchSource good, int from, int to, int[] given)
            implements BatchSource {

        BrokenBatches(BatchSource good, int from, int to) {
            this(good, from, to, new int[1]);
        }

        @Override
        public MicroBatch next() throws InterruptedException {
            MicroBatch batch = good.next();
            int at = given[0]++;
            return at < from || at >= to ? batch : GoldenBatches.notFinite(batch);
        }

        @Override
        public void close() {
            good.close();
        }
    }

    private static final class KeptFailure implements CheckpointSink {
        private FailedAccumulation failure;

        @Override
        public void after(
                int step, boolean required, java.util.function.Supplier<TrainState> state) {}

        @Override
        public String keepFailure(FailedAccumulation failed) {
            failure = failed;
            return "Kept there.";
        }
    }
}
