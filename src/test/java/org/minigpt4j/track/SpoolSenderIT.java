package org.minigpt4j.track;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** {@link SpoolSenderTest} for longer; {@code -Dminigpt4j.seed=S} repeats a run. */
class SpoolSenderIT {

    @Test
    void everyPointArrivesOnceWhateverFails(@TempDir Path temp) throws Exception {
        SpoolSenderTest.arrivesOnce(temp, Integer.getInteger("minigpt4j.faults", 1000));
    }
}
