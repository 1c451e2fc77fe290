package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;

import org.junit.jupiter.api.Test;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Preset;

import java.util.List;

class StepProfileIT {

    @Test
    void aRealStepHasTimeInEveryPartAndEveryKind() {
        try (SyntheticStep step =
                new SyntheticStep(
                        Preset.NANO, ComputePrecision.FP32, false, false, Device.cpu(), 2, 4)) {
            StepProfile profile = StepProfile.of(step::run, 1);
            double[][] cells = profile.cells();
            for (StepPart part : StepPart.values()) {
                double sum = 0;
                for (StepOperation work : StepOperation.values()) {
                    sum += cells[work.ordinal()][part.ordinal()];
                }
                assertTrue(sum > 0, "no time in " + part);
            }
            for (StepPart part :
                    List.of(
                            StepPart.ENCODER,
                            StepPart.QFORMER,
                            StepPart.FORWARD,
                            StepPart.GRADIENT)) {
                for (StepOperation work :
                        List.of(
                                StepOperation.LINEAR,
                                StepOperation.ATTENTION,
                                StepOperation.NORM)) {
                    assertTrue(cells[work.ordinal()][part.ordinal()] > 0, part + ": " + work);
                }
            }
            for (StepPart part : List.of(StepPart.FORWARD, StepPart.GRADIENT)) {
                for (StepOperation work : List.of(StepOperation.ROTARY, StepOperation.GATE)) {
                    assertTrue(cells[work.ordinal()][part.ordinal()] > 0, part + ": " + work);
                }
            }
            assertTrue(cells[StepOperation.LOSS.ordinal()][StepPart.HEAD.ordinal()] > 0, "no loss");
            assertTrue(profile.operations() <= profile.step(), "more than the whole step");
            assertEquals(0, cells[StepOperation.ROTARY.ordinal()][StepPart.ENCODER.ordinal()]);
        }
    }
}
