package org.minigpt4j.train.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.WholeLines;
import org.minigpt4j.train.LearningRate;
import org.minigpt4j.train.Schedule;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

class RunLogTest {

    private static final String CONFIG = "{\n    \"run\": {}\n}";
    private static final String EPOCH =
            "{\"train_lr\": \"0.001\", \"train_loss\": \"2.000\", \"valid_loss\": \"2.100\"}\n";
    private static final String STEPS = "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n";

    @TempDir private Path temp;

    @Test
    void whatWasCutShortOrComesAgainIsDropped() throws IOException {
        for (String torn : List.of("", "{", "{\"tr", "{\"train_lr\": \"0.0", EPOCH.strip())) {
            assertKept(1, CONFIG + "\n" + EPOCH, CONFIG + "\n" + EPOCH + torn);
            assertKept(1, CONFIG + "\n" + EPOCH, CONFIG + "\n" + EPOCH + EPOCH + torn);
            assertKept(0, CONFIG + "\n", CONFIG + "\n" + EPOCH + torn);
        }
        for (String torn : List.of("{", "{\"step\":4", "{\"step\":4}")) {
            Path folder = Files.createTempDirectory(temp, "run");
            Files.writeString(folder.resolve("metrics.jsonl"), STEPS + torn);
            open(folder, 2);
            assertEquals(
                    "{\"step\":1}\n{\"step\":2}\n",
                    Files.readString(folder.resolve("metrics.jsonl")));
        }
    }

    @Test
    void logsThatWereCutInsideACharacterAreGoneOnWith() throws IOException {
        byte[] torn = "{\"train_lr\": \"é".getBytes(StandardCharsets.UTF_8);
        Path folder = Files.createTempDirectory(temp, "run");
        Path log = folder.resolve("log.txt");
        Path metrics = folder.resolve("metrics.jsonl");
        Files.writeString(log, CONFIG + "\n" + EPOCH);
        Files.write(log, Arrays.copyOf(torn, torn.length - 1), StandardOpenOption.APPEND);
        Files.writeString(metrics, STEPS);
        Files.write(metrics, Arrays.copyOf(torn, torn.length - 1), StandardOpenOption.APPEND);
        assertEquals(3, WholeLines.read(metrics).size());
        open(folder, 2);
        assertEquals(CONFIG + "\n" + EPOCH, Files.readString(log));
        assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(metrics));
    }

    private void assertKept(int epochs, String expected, String log) throws IOException {
        Path folder = Files.createTempDirectory(temp, "run");
        Files.writeString(folder.resolve("log.txt"), log);
        open(folder, 2 * epochs);
        assertEquals(expected, Files.readString(folder.resolve("log.txt")), log);
    }

    /** As a run does that goes on after a step; an epoch has two. */
    private static void open(Path folder, int step) {
        var rate = new LearningRate.LinearWarmupCosine(1e-3, 1e-4, 1e-5, 0, 2, 3);
        var schedule = new Schedule(3, 2, 1, rate);
        new RunLog(new RunFolder(folder), CONFIG, step, schedule).close();
    }
}
