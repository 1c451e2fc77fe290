package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What a person at a terminal sees, and what Ctrl-C does there. */
@Timeout(500)
class TerminalIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());
    private static final Pattern BAR =
            Pattern.compile("epoch \\d+ \\[#*-*] \\d+/100000  loss \\d+[.]\\d{3}  eta \\d+:.*");
    private static final Pattern WHOLE =
            Pattern.compile(
                    "( {2}([\\d.]+ (samples|tokens)/s|(mfu|data) \\d+%|lr [\\d.e-]+|grad [\\d.e+]+"
                            + "|eta \\d+:\\d\\d:\\d\\d|loss \\d+[.]\\d{3}))*");

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws Exception {
        PseudoTerminal.require();
        files = NanoFiles.make(temp, 64);
        SceneShards.write(new SceneWorld(0, 128), temp.resolve("held-out"), 1000, 150);
    }

    @Test
    void controlCSavesAndTheBarFits() throws Exception {
        pressControlC(80);
    }

    @Test
    @Tag("soak")
    void controlCSavesAndTheBarFitsAWideTerminal() throws Exception {
        pressControlC(100);
    }

    private static void pressControlC(int columns) throws Exception {
        String run = "pressed" + columns;
        try (PseudoTerminal terminal = train(columns, run, Map.of())) {
            terminal.await("/100000  loss");
            terminal.controlC();
            assertEquals(130, terminal.exitCode(), terminal.shown());
            assertTrue(terminal.shown().contains("Stopped and saved"), terminal.shown());
            List<String> bars =
                    terminal.lines().stream()
                            .filter(line -> line.startsWith("epoch "))
                            .map(line -> line.replace("^C", "")) // which the terminal shows
                            .toList();
            assertFalse(bars.isEmpty(), terminal.shown());
            for (String bar : bars) {
                assertTrue(bar.length() < columns, bar);
                assertTrue(BAR.matcher(bar).matches(), bar);
                String parts = bar.substring(bar.indexOf("  loss"));
                assertTrue(WHOLE.matcher(parts).matches(), "a part is cut: " + bar);
            }
        }
        assertSavedTheLastStep(run);
    }

    @Test
    @Tag("soak")
    void aSignalSavesToo() throws Exception {
        try (PseudoTerminal terminal = train(80, "told", Map.of())) {
            terminal.await("/100000  loss");
            terminal.signal("INT");
            assertEquals(130, terminal.exitCode(), terminal.shown());
            assertTrue(terminal.shown().contains("Stopped and saved"), terminal.shown());
        }
        assertSavedTheLastStep("told");
    }

    @Test
    void aSecondControlCEndsItImmediately() throws Exception {
        // A step of this size takes seconds, so that both fall into one.
        Map<String, String> slow = Map.of("run.batch_size_train", "256");
        try (PseudoTerminal terminal = train(80, "twice", slow)) {
            terminal.await("/100000  loss");
            terminal.controlC();
            terminal.await("press Ctrl-C again to stop immediately");
            terminal.controlC();
            assertEquals(130, terminal.exitCode(), terminal.shown());
            assertFalse(terminal.shown().contains("Stopped and saved"), terminal.shown());
        }
    }

    @Test
    void controlCWhileWeightsAreLoadedChangesNothing() throws Exception {
        try (PseudoTerminal terminal = train(80, "early", Map.of())) {
            terminal.await("opening data and weights");
            terminal.controlC();
            assertEquals(130, terminal.exitCode(), terminal.shown());
            assertTrue(terminal.shown().contains("nothing was changed"), terminal.shown());
        }
    }

    @Test
    void controlCAtTheEndOfAnEpochSavesWhileItIsMeasured() throws Exception {
        Map<String, String> options = new TreeMap<>();
        options.put("datasets.scenes.build_info.val_storage", temp + "/held-out");
        options.put("run.valid_splits", "[val]");
        options.put("run.batch_size_eval", "1");
        options.put("run.iters_per_epoch", "3");
        options.put("run.max_epoch", "1000");
        try (PseudoTerminal terminal = train(80, "measured", options)) {
            terminal.await("epoch 1 ["); // most of its time is spent on measuring
            terminal.controlC();
            assertEquals(130, terminal.exitCode(), terminal.shown());
            assertTrue(terminal.shown().contains("Stopped and saved"), terminal.shown());
        }
        assertSavedTheLastStep("measured");
    }

    private static void assertSavedTheLastStep(String name) throws IOException {
        RunFolder run = new RunFolder(temp.resolve(name));
        int steps = Files.readAllLines(run.metrics()).size();
        assertEquals(run.checkpoint(steps), run.newest().orElseThrow(), "the last step");
    }

    private static PseudoTerminal train(int columns, String output, Map<String, String> more)
            throws IOException {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "100000"));
        options.putAll(more);
        return new PseudoTerminal(
                columns, Path.of(""), PROCESS.command(files.train(output, options)));
    }
}
