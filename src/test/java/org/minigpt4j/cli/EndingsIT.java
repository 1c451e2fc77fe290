package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** How a run ends before its time, in a process of its own. */
@Timeout(180)
class EndingsIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
    }

    @Test
    void controlCFinishesTheStepAndSaves() throws Exception {
        // A shell starts what runs in its background with Ctrl-C ignored, and children inherit
        // that.
        boolean ignored = ignoresInterrupts();
        Process process = PROCESS.start(arguments("interrupted", Map.of()));
        var said = new StringBuilder();
        try (BufferedReader reader = process.inputReader()) {
            readTo(reader, "epoch 0", said);
            signal(process, ignored ? "TERM" : "INT");
            readTo(reader, null, said);
        }
        assertEquals(ignored ? 143 : 130, process.waitFor(), said.toString());
        assertTrue(said.toString().contains("Stopped and saved. Run the same command to continue"));
        RunFolder run = new RunFolder(temp.resolve("interrupted"));
        int done = Files.readAllLines(run.metrics()).size();
        assertEquals(run.checkpoint(done), run.newest().orElseThrow(), "the last step");
    }

    @Test
    @Tag("soak") // TerminalIT does the same on a terminal
    void aSignalWhileWeightsAreLoadedEndsItBeforeAnyStep() throws Exception {
        Process process = PROCESS.start(arguments("early", Map.of()));
        var said = new StringBuilder();
        try (BufferedReader reader = process.inputReader()) {
            readTo(reader, "opening data and weights", said);
            signal(process, "TERM");
            readTo(reader, null, said);
        }
        assertEquals(143, process.waitFor(), said.toString());
        assertTrue(said.toString().contains("Stopping before training begins"), said.toString());
        assertTrue(said.toString().contains("nothing was changed"), said.toString());
        assertFalse(said.toString().contains("epoch 0"), said.toString());
        assertFalse(Files.exists(temp.resolve("early/metrics.jsonl")), said.toString());
    }

    @Test
    @Tag("soak") // TerminalIT does the same on a terminal
    void aSecondSignalEndsItAtOnce() throws Exception {
        // A step of this size takes seconds, so that both signals fall into one.
        Process process = PROCESS.start(arguments("twice", Map.of("run.batch_size_train", "256")));
        var said = new StringBuilder();
        try (BufferedReader reader = process.inputReader()) {
            readTo(reader, "epoch 0", said);
            signal(process, "TERM");
            readTo(reader, "Stopping after this step", said);
            signal(process, "TERM");
            readTo(reader, null, said);
        }
        assertEquals(143, process.waitFor(), said.toString());
        assertFalse(said.toString().contains("Stopped and saved"), said.toString());
        assertTrue(new RunFolder(temp.resolve("twice")).newest().isEmpty(), "nothing was saved");
    }

    @Test
    void aGradientThatIsNotFiniteHappensAgainByThePrintedCommand() throws Exception {
        Map<String, String> wild =
                Map.of(
                        "run.init_lr", "1e38",
                        "run.warmup_steps", "0",
                        "run.lr_sched", "linear_warmup_cosine_lr",
                        "run.max_skips", "2");
        Ended first = PROCESS.run(arguments("wild", wild), Blow.NEVER);
        assertEquals(1, first.exitCode(), first.output());
        int failed = failedStep(first);
        assertTrue(first.output().contains("for the 3. time in a row"), first.output());
        List<String> log = Files.readAllLines(temp.resolve("wild/metrics.jsonl"));
        assertEquals(3, log.stream().filter(line -> line.contains("\"skipped\":true")).count());
        Path kept = temp.resolve("wild/failures").resolve(String.format("%08d", failed - 1));
        String batch = Files.readString(kept.resolve("batch.json"));
        assertTrue(batch.contains("\"last_iteration\": " + failed), batch);

        Matcher options =
                Pattern.compile("with --options (\\S+=\\S+ \\S+=\\S+ \\S+=\\S+)")
                        .matcher(first.output().replaceAll("\\s+", " "));
        assertTrue(options.find(), first.output());
        List<String> again = new ArrayList<>(arguments("wild", wild));
        again.add("--options");
        again.addAll(List.of(options.group(1).split(" ")));
        again.replaceAll(o -> o.startsWith("run.output_dir=output/") ? output("again") : o);
        Ended second = PROCESS.run(again, Blow.NEVER);
        assertEquals(1, second.exitCode(), second.output());
        assertEquals(failed, failedStep(second), second.output());
        assertEquals(
                batch,
                Files.readString(
                        temp.resolve("again/failures")
                                .resolve(kept.getFileName())
                                .resolve("batch.json")));
    }

    @Test
    void aSecondProcessIsKeptOutAndAKilledOnesFolderIsFreeAtOnce() throws Exception {
        List<String> command = arguments("shared", Map.of("run.checkpoint.steps", "2"));
        Process first = PROCESS.start(command);
        var said = new StringBuilder();
        Ended second;
        try (BufferedReader reader = first.inputReader()) {
            readTo(reader, "epoch 0  [3/", said);
            second = PROCESS.run(command, Blow.NEVER);
            assertTrue(first.isAlive(), "the first one goes on");
            signal(first, "KILL");
            readTo(reader, null, said);
        }
        assertEquals(137, first.waitFor(), said + second.output());
        assertEquals(2, second.exitCode(), second.output());
        assertTrue(second.output().contains("process " + first.pid() + " on "), second.output());

        Process third = PROCESS.start(command);
        var goesOn = new StringBuilder();
        try (BufferedReader reader = third.inputReader()) {
            readTo(reader, "epoch 0", goesOn);
            signal(third, "TERM");
            readTo(reader, null, goesOn);
        }
        assertEquals(143, third.waitFor(), goesOn.toString());
        assertTrue(goesOn.toString().contains("after step"), goesOn.toString());
        List<Integer> steps = steps("shared");
        assertEquals(IntStream.rangeClosed(1, steps.size()).boxed().toList(), steps);
    }

    @Test
    void whoeverComesLastHasTheCheckpointsThatLieElsewhere() throws Exception {
        Map<String, String> far =
                Map.of(
                        "run.checkpoint.dir",
                        temp.resolve("far").toString(),
                        "run.checkpoint.steps",
                        "5");
        Process first = PROCESS.start(arguments("here", far));
        Process second;
        var said = new StringBuilder();
        var lastSaid = new StringBuilder();
        try (BufferedReader reader = first.inputReader()) {
            readTo(reader, "epoch 0  [7/", said);
            second = PROCESS.start(arguments("there", far));
            try (BufferedReader lastReader = second.inputReader()) {
                readTo(lastReader, "epoch 0", lastSaid);
                readTo(reader, null, said); // it ends by itself
                signal(second, "TERM");
                readTo(lastReader, null, lastSaid);
            }
        }
        String both = "the first:\n" + said + "\nthe second:\n" + lastSaid;
        assertEquals(1, first.waitFor(), both);
        assertTrue(said.toString().contains("was taken over by process " + second.pid()), both);
        assertEquals(143, second.waitFor(), both);
        String notice = "was written by process " + first.pid() + " on ";
        assertTrue(lastSaid.toString().contains(notice), lastSaid.toString());
        List<Integer> steps = steps("there");
        assertEquals(IntStream.rangeClosed(1, steps.size()).boxed().toList(), steps);
        assertFalse(Files.exists(temp.resolve("far/owner.txt")), "it left");
    }

    private static List<Integer> steps(String output) throws IOException {
        return Files.readAllLines(new RunFolder(temp.resolve(output)).metrics()).stream()
                .map(JsonParser::parseString)
                .map(line -> line.getAsJsonObject().get("step").getAsInt())
                .toList();
    }

    private static int failedStep(Ended ended) {
        Matcher said =
                Pattern.compile("gradient of step (\\d+) is not finite").matcher(ended.output());
        assertTrue(said.find(), ended.output());
        return Integer.parseInt(said.group(1));
    }

    private static String output(String name) {
        return "run.output_dir=" + temp.resolve(name);
    }

    private static List<String> arguments(String output, Map<String, String> more) {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.log_freq", "1",
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "100000")); // none comes to its end
        options.putAll(more);
        return files.train(output, options);
    }

    /** Reads up to a line that begins like this, or to the end. */
    private static void readTo(BufferedReader reader, String begin, StringBuilder said)
            throws IOException {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            said.append(line).append('\n');
            if (begin != null && line.startsWith(begin)) {
                return;
            }
        }
    }

    /** Whether this process was started with SIGINT (the second bit) ignored. */
    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        try (var lines = Files.lines(status)) {
            String mask = lines.filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("");
            return !mask.isEmpty()
                    && (Long.parseUnsignedLong(mask.substring(7).strip(), 16) & 2) != 0;
        }
    }

    private static void signal(Process process, String name) throws Exception {
        int sent =
                TestProcess.start(
                                new ProcessBuilder("kill", "-" + name, "" + process.pid())
                                        .inheritIO())
                        .waitFor();
        assertEquals(0, sent, "kill -" + name);
    }
}
