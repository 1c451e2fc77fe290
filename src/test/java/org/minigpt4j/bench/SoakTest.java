package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;

class SoakTest {

    @TempDir private Path temp;

    @Test
    void theLeastStepsAreEnoughAndOneLessIsNot() throws IOException {
        assertEquals(40, Soak.of(metrics(Soak.LEAST_STEPS)).steps());
        Path tooShort = metrics(Soak.LEAST_STEPS - 1);
        assertThrows(FailedException.class, () -> Soak.of(tooShort));
    }

    private Path metrics(int steps) throws IOException {
        String line = "{\"host_bytes\": 1, \"device_bytes\": 0, \"compute_s\": 0.1}";
        return Files.write(temp.resolve("metrics.jsonl"), Collections.nCopies(steps, line));
    }
}
