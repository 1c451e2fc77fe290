package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.checkpoint.ScalerState;
import org.minigpt4j.model.kernel.TorchGradScaler;

import java.util.Random;

/** The documented rule of torch.cuda.amp.GradScaler, with its defaults. */
class LossScalerTest {

    @Test
    void everyUpdateDoesWhatPyTorchsOwnScalerDoes() throws Exception {
        Random random = new Random(20000);
        var ours = new LossScaler(true, ScalerState.INITIAL);
        try (var torch = new TorchGradScaler(65536)) {
            int grown = 0;
            for (int i = 0; i < 20_000; i++) {
                boolean finite = i > 9000 || random.nextInt(i < 1000 ? 20 : 3000) > 0;
                double before = ours.scale();
                ours.updated(finite);
                torch.update(finite);
                assertEquals(
                        new ScalerState(true, torch.scale(), torch.growthTracker()),
                        ours.state(),
                        "update " + i);
                grown += ours.scale() > before ? 1 : 0;
            }
            assertTrue(grown >= 5, "grew " + grown + " times");
        }
    }

    @Test
    void itStartsAtTwoToTheSixteenAndDoublesAfterTwoThousandGoodUpdates() {
        var scaler = new LossScaler(true, ScalerState.INITIAL);
        assertEquals(65536, scaler.scale());
        for (int i = 0; i < 1999; i++) {
            scaler.updated(true);
        }
        assertEquals(65536, scaler.scale());
        scaler.updated(true);
        assertEquals(131072, scaler.scale());
        assertEquals(new ScalerState(true, 131072, 0), scaler.state());
    }

    @Test
    void aSkippedUpdateHalvesItAndTheCountBeginsAnew() {
        var scaler = new LossScaler(true, new ScalerState(true, 1024, 1999));
        scaler.updated(false);
        assertEquals(new ScalerState(true, 512, 0), scaler.state());
        scaler.updated(true);
        assertEquals(new ScalerState(true, 512, 1), scaler.state());
    }

    @Test
    void itNeverGrowsBeyondAFloat() {
        float largest = 0x1p127f;
        var scaler = new LossScaler(true, new ScalerState(true, largest, 1999));
        scaler.updated(true);
        assertEquals(largest, scaler.scale());
    }

    @Test
    void withoutScalingItIsOneAndStays() {
        var scaler = new LossScaler(false, ScalerState.INITIAL);
        scaler.updated(false);
        assertEquals(1, scaler.scale());
        assertEquals(ScalerState.INITIAL, scaler.state());
    }
}
