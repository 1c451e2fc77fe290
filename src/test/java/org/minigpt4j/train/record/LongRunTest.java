package org.minigpt4j.train.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.OnDevice;
import org.minigpt4j.Where;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.train.GoldenRun;
import org.minigpt4j.train.StepConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Some hundred steps leave nothing behind. */
public class LongRunTest extends OnDevice {

    private static final int STEPS = 300;
    private static final int WARM_UP = 100;
    private static final long SEGMENTS = 2 * 20 << 20;

    @Test
    void noArrayAndNoDeviceMemoryPilesUp() throws Exception {
        List<Integer> arrays = new ArrayList<>();
        List<Long> device = new ArrayList<>();
        try (Backbone backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false)) {
            GoldenRun run = new GoldenRun(backbone);
            run.stepsPerEpoch = STEPS;
            run.epochsToRun = 1;
            run.rules =
                    new StepConfig(2, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 0);
            run.replicas = 2;
            run.watch =
                    report -> {
                        // The host's copies of a GPU's arrays are counted, too.
                        arrays.add(backbone.manager().getManagedArrays().size());
                        device.add(report.memory().deviceBytes());
                    };
            run.from(GoldenRun.fresh());
        }
        assertTrue(arrays.get(0) > 50, arrays.get(0) + " are not all weights");
        assertEquals(1, arrays.stream().distinct().count(), "arrays: " + arrays);
        assertEquals(where == Where.CUDA, device.get(0) > 0, "device bytes: " + device);
        // PyTorch takes memory in segments and keeps them. Two replicas may meet at a moment that
        // takes one more, however late; what piles up would go on.
        long grown = device.get(STEPS - 1) - device.get(WARM_UP);
        assertTrue(grown <= SEGMENTS, "device bytes: " + device);
    }
}
