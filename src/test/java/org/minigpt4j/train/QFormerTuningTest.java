package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.OnDevice;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.QFormerTuning;
import org.minigpt4j.model.TrainableTensor;

import java.util.Arrays;
import java.util.Optional;

/** Training with {@code freeze_qformer: False}: the Q-Former learns with the projection. */
class QFormerTuningTest extends OnDevice {

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
        TrainState alone = run(1, 0.1).from(fresh());
        for (int replicas : new int[] {2, 3}) {
            assertSame(replicas + " replicas", alone, run(replicas, 0.1).from(fresh()));
        }
    }

    @Test
    void aRunThatStopsInAnAccumulationGoesOnWithTheSameBits() throws Exception {
        TrainState unbroken = accumulating(1).from(fresh());
        TrainState middle = accumulating(2).stopAfter(3).from(fresh());
        assertEquals(3, middle.step());
        assertTrue(middle.pending().norm() > 0, "it stopped between two updates");
        assertSame("resumed", unbroken, accumulating(1).from(middle));
    }

    @Test
    void theQFormerChangesAndTheLossFallsFurtherThanWithTheProjectionAlone() throws Exception {
        GoldenRun tuned = run(1, 0);
        TrainState start = fresh();
        TrainState end = tuned.from(start);
        for (TrainableTensor tensor : start.trainable().set().tensors()) {
            boolean moved =
                    !Arrays.equals(
                            start.trainable().floats(tensor.name()),
                            end.trainable().floats(tensor.name()));
            assertTrue(moved, tensor.name());
        }
        GoldenRun frozen = new GoldenRun(backbone);
        frozen.from(GoldenRun.fresh());
        double first = tuned.steps.get(0).loss();
        double last = tuned.steps.get(tuned.steps.size() - 1).loss();
        assertEquals(first, frozen.steps.get(0).loss(), 1e-5, "they begin alike");
        assertTrue(last < first, first + " -> " + last);
        assertTrue(last < frozen.steps.get(frozen.steps.size() - 1).loss(), "it can do more");
        assertFalse(end.trainable().set().contains("ln_vision.weight"));
    }

    private static TrainState fresh() {
        return TrainState.start(GoldenModel.initialWithQFormer());
    }

    private GoldenRun run(int replicas, double dropout) {
        GoldenRun run = new GoldenRun(backbone);
        run.replicas = replicas;
        run.tuning = Optional.of(new QFormerTuning(dropout, 42));
        run.rules = new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 0);
        return run;
    }

    private GoldenRun accumulating(int replicas) {
        GoldenRun run = run(replicas, 0.1);
        run.accumulate = 2;
        return run;
    }

    private static void assertSame(String what, TrainState a, TrainState b) {
        assertArrayEquals(a.trainable().values(), b.trainable().values(), what);
        assertArrayEquals(a.firstMoment().values(), b.firstMoment().values(), what);
        assertArrayEquals(a.secondMoment().values(), b.secondMoment().values(), what);
        assertArrayEquals(a.pending().values(), b.pending().values(), what);
        assertEquals(a.position(), b.position(), what);
    }
}
