package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code launch/nano} from its seed to the written weights in one go, with a hundredth of the steps
 * ({@code -Dminigpt4j.shorten=N}): once undisturbed, once killed and stopped on the way.
 */
@Tag("soak")
class NanoSoakIT {

    private static final String SHORTEN = System.getProperty("minigpt4j.shorten", "100");
    private static final Duration PATIENCE = Duration.ofMinutes(60);

    @TempDir private Path temp;

    @Test
    void allPartsAreMadeFromTheSeedHoweverOftenTheTrainingEnds() throws Exception {
        Path log = temp.resolve("whole.txt");
        assertEquals(0, start("whole", log).waitFor(), () -> read(log));
        String said = read(log);
        assertTrue(said.matches("(?s).*llama  20 of \\d+  loss .* \\d+ min \\d\\d s left.*"), said);
        for (String part : List.of("llama", "vit", "qformer")) {
            List<String> lines = Files.readAllLines(reports("whole", part));
            double first = loss(lines.get(0));
            double last = loss(lines.get(lines.size() - 1));
            assertTrue(last < first, "%s: %s -> %s".formatted(part, first, last));
        }
        String record = Files.readString(temp.resolve("whole/weights/parts.json"));
        assertTrue(record.contains("launch/nano --seed 3 --shorten " + SHORTEN), record);

        Process killed = start("cut", temp.resolve("cut1.txt"));
        awaitReports(killed, "llama", 2);
        killed.destroyForcibly().waitFor();
        Process stopped = start("cut", temp.resolve("cut2.txt"));
        awaitReports(stopped, "vit", 1);
        stopped.destroy();
        assertEquals(143, stopped.waitFor(), () -> read(temp.resolve("cut2.txt")));
        Path end = temp.resolve("cut3.txt");
        assertEquals(0, start("cut", end).waitFor(), () -> read(end));
        assertEquals(record, Files.readString(temp.resolve("cut/weights/parts.json")));

        String runs = QuickstartFolder.run(temp, 0, "track", "list", "--store", "whole/mlflow.db");
        for (String part : List.of("llama", "vit", "qformer")) {
            assertTrue(runs.lines().anyMatch(line -> line.contains(part)), runs);
        }
    }

    private Process start(String out, Path log) throws IOException {
        ProcessBuilder builder =
                QuickstartFolder.builder(
                        temp, "nano", "--out", out, "--seed", "3", "--shorten", SHORTEN);
        return TestProcess.start(builder.redirectOutput(log.toFile()), PATIENCE);
    }

    private Path reports(String out, String part) {
        return temp.resolve(out).resolve(part).resolve("log.jsonl");
    }

    private void awaitReports(Process process, String part, int count) throws Exception {
        Path file = reports("cut", part);
        while (!Files.exists(file) || Files.readAllLines(file).size() < count) {
            boolean ended = process.waitFor(20, TimeUnit.MILLISECONDS);
            assertTrue(!ended, "it ended before " + file + " had " + count + " lines");
        }
    }

    private static double loss(String line) {
        return JsonParser.parseString(line).getAsJsonObject().get("loss").getAsDouble();
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
