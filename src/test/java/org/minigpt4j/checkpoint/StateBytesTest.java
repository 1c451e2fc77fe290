package org.minigpt4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.model.TrainableValues;

import java.util.Arrays;
import java.util.Random;

class StateBytesTest {

    private static final TrainState STATE =
            new TrainState(
                    7,
                    56,
                    3,
                    8,
                    TrainableValues.initialProjection(5, 3, 1),
                    TrainableValues.initialProjection(5, 3, 2),
                    TrainableValues.initialProjection(5, 3, 3),
                    TrainableValues.initialProjection(5, 3, 4),
                    ScalerState.INITIAL,
                    RunningMeans.NONE);

    @Test
    void aStateComesOutAsItWentIn() {
        TrainState state = StateBytes.decode(StateBytes.encode(STATE));
        assertEquals(STATE.step(), state.step());
        assertEquals(STATE.position(), state.position());
        assertEquals(STATE.updates(), state.updates());
        assertEquals(STATE.microBatches(), state.microBatches());
        assertArrayEquals(STATE.trainable().values(), state.trainable().values());
        assertArrayEquals(STATE.secondMoment().values(), state.secondMoment().values());
        assertArrayEquals(STATE.pending().values(), state.pending().values());
        assertEquals(STATE.scaler(), state.scaler());
        assertEquals(STATE.means(), state.means());
    }

    @Test
    void noByteOfItMayBeAnother() {
        byte[] bytes = StateBytes.encode(STATE);
        Random random = new Random(9);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            assertThrows(FailedException.class, () -> StateBytes.decode(damaged));
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThrows(FailedException.class, () -> StateBytes.decode(cut));
        }
    }
}
