package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The documented rule of torch.cuda.amp.GradScaler, with its defaults. */
class LossScalerTest {

    @Test
    void itStartsAtTwoToTheSixteenAndDoublesAfterTwoThousandGoodUpdates() {
        var scaler = new LossScaler(true, LossScaler.State.INITIAL);
        assertEquals(65536, scaler.scale());
        for (int i = 0; i < 1999; i++) {
            scaler.updated(true);
        }
        assertEquals(65536, scaler.scale());
        scaler.updated(true);
        assertEquals(131072, scaler.scale());
        assertEquals(new LossScaler.State(true, 131072, 0), scaler.state());
    }

    @Test
    void aSkippedUpdateHalvesItAndTheCountBeginsAnew() {
        var scaler = new LossScaler(true, new LossScaler.State(true, 1024, 1999));
        scaler.updated(false);
        assertEquals(new LossScaler.State(true, 512, 0), scaler.state());
        scaler.updated(true);
        assertEquals(new LossScaler.State(true, 512, 1), scaler.state());
    }

    @Test
    void itNeverGrowsBeyondAFloat() {
        float largest = 0x1p127f;
        var scaler = new LossScaler(true, new LossScaler.State(true, largest, 1999));
        scaler.updated(true);
        assertEquals(largest, scaler.scale());
    }

    @Test
    void withoutScalingItIsOneAndStays() {
        var scaler = new LossScaler(false, LossScaler.State.INITIAL);
        scaler.updated(false);
        assertEquals(1, scaler.scale());
        assertEquals(LossScaler.State.INITIAL, scaler.state());
    }
}
