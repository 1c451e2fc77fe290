package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.GpuKernels;
import org.minigpt4j.OnDevice;
import org.minigpt4j.checkpoint.ScalerState;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;

import java.util.List;
import java.util.Optional;

/** The reference's tiny model learns in float16, its losses scaled. */
@GpuKernels
class Float16TrainingTest extends OnDevice {

    private static final double NEAR = 0.02;

    private Backbone exact;
    private Backbone backbone;

    @BeforeAll
    void load() {
        exact = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
        backbone = GoldenModel.backbone(where, ComputePrecision.FP16, false, false);
    }

    @AfterAll
    void close() {
        exact.close();
        backbone.close();
    }

    @Test
    void everyLossIsNearThatOfFloat32() throws Exception {
        GoldenRun wide = new GoldenRun(exact);
        wide.from(GoldenRun.fresh());
        GoldenRun narrow = scaled();
        TrainState end = narrow.from(GoldenRun.fresh());
        assertEquals(GoldenRun.STEPS * GoldenRun.EPOCHS, end.updates(), "none was skipped");
        assertEquals(end.updates(), end.scaler().growthTracker());
        for (int i = 0; i < wide.steps.size(); i++) {
            double loss = wide.steps.get(i).loss();
            assertEquals(loss, narrow.steps.get(i).loss(), NEAR * loss, "loss " + i);
            assertTrue(loss != narrow.steps.get(i).loss(), "nothing was computed in float16");
        }
    }

    @Test
    void aScaleBeyondFloat16ComesDownUntilGradientsAreFinite() throws Exception {
        GoldenRun run = scaled();
        TrainState end = run.from(scale(GoldenRun.fresh(), 0x1p22f, 0));
        List<Boolean> skipped = run.steps.stream().map(StepReport::skipped).toList();
        int first = skipped.indexOf(false);
        assertTrue(first > 0 && first <= 6, "skipped: " + skipped);
        assertEquals(skipped.size() - first, end.updates(), "none again: " + skipped);
        assertEquals(Math.scalb(1.0, 22 - first), end.scaler().scale());
        for (int i = 1; i <= first; i++) {
            assertTrue(run.steps.get(i).scale() == run.steps.get(i - 1).scale() / 2);
        }
        assertTrue(Double.isFinite(end.trainable().norm()));
        assertTrue(
                end.trainable().norm() != GoldenRun.fresh().trainable().norm(), "it has learned");
    }

    @Test
    void aScaleThatLeavesRoomGrows() throws Exception {
        GoldenRun run = scaled();
        TrainState end = run.from(scale(GoldenRun.fresh(), 1024, ScalerState.GROWTH_INTERVAL - 2));
        assertEquals(
                List.of(1024.0, 1024.0, 2048.0),
                run.steps.subList(0, 3).stream().map(StepReport::scale).toList());
        assertEquals(2048, end.scaler().scale());
    }

    private GoldenRun scaled() {
        GoldenRun run = new GoldenRun(backbone);
        run.scaled = true;
        run.replicas = 2;
        run.rules = new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 9);
        return run;
    }

    private static TrainState scale(TrainState state, float scale, int tracker) {
        return new TrainState(
                state.step(),
                state.position(),
                state.updates(),
                state.microBatches(),
                state.trainable(),
                state.firstMoment(),
                state.secondMoment(),
                state.pending(),
                new ScalerState(true, scale, tracker),
                state.means());
    }
}
