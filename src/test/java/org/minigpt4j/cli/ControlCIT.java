package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.prepare.PrepareYaml;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.train.record.SampleSheet;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Ctrl-C at a terminal outside the steps of training: the same command goes on. */
@Timeout(500)
class ControlCIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    @TempDir private Path temp;

    @BeforeAll
    static void require() throws InterruptedException {
        PseudoTerminal.require();
    }

    /** Presses Ctrl-C as soon as a text is shown; what the terminal showed until the end. */
    private String pressed(Path folder, List<String> command, String text) throws Exception {
        try (PseudoTerminal terminal = new PseudoTerminal(100, folder, command)) {
            terminal.await(text);
            terminal.controlC();
            assertEquals(130, terminal.exitCode(), terminal.shown());
            String shown = terminal.shown();
            assertFalse(shown.contains("\tat "), "a trace: " + shown);
            return shown;
        }
    }

    private static String run(List<String> command) throws Exception {
        Process process = TestProcess.start(new ProcessBuilder(command).redirectErrorStream(true));
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    @Test
    void whileSamplesAreCaptioned() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 80);
        Map<String, String> options =
                Map.of(
                        "run.batch_size_train", "1",
                        "run.iters_per_epoch", "1",
                        "run.max_epoch", "2",
                        "run.samples.count", "80",
                        "run.samples.max_new_tokens", "60",
                        "run.threads", "1");
        List<String> command = PROCESS.command(files.train("captioned", options));
        RunFolder folder = new RunFolder(temp.resolve("captioned"));
        // Before its first step, and again after the only one of an epoch.
        String before = pressed(Path.of(""), command, "\nloaded ");
        assertTrue(before.contains("Stopped before a step was done."), before);
        assertTrue(SampleSheet.read(folder.root()).isEmpty(), "it was captioned to the end");
        String shown = pressed(Path.of(""), command, "] 1/2  loss");
        assertTrue(shown.contains("Stopped and saved. Run the same command to continue"), shown);
        assertEquals(folder.checkpoint(1), folder.newest().orElseThrow());
        SampleSheet sheet = SampleSheet.read(folder.root()).orElseThrow();
        assertEquals(Set.of(0), sheet.texts().keySet(), "it was captioned to the end");
    }

    @Test
    @Tag("soak")
    void inQuickstartTheStageThatWasStoppedGoesOn() throws Exception {
        Path configs = Files.createDirectories(temp.resolve("train_configs"));
        for (String name : List.of("quickstart_stage1.yaml", "quickstart_stage2.yaml")) {
            String text = Files.readString(Path.of("train_configs", name));
            text = text.replaceAll("iters_per_epoch: \\d+", "iters_per_epoch: 6");
            text = text.replaceAll("max_epoch: \\d+", "max_epoch: 1");
            text = text.replaceAll("batch_size_train: \\d+", "batch_size_train: 2");
            Files.writeString(configs.resolve(name), text);
        }
        Path prompts = Files.createDirectories(configs.resolve("prompts"));
        Path prompt = Path.of("train_configs", "prompts", "alignment.txt");
        Files.copy(prompt, prompts.resolve("alignment.txt"));
        List<String> command = PROCESS.command(List.of("quickstart"));
        String drawn = pressed(temp, command, "Drawing ");
        assertTrue(drawn.contains("Stopped. Run the same command to continue."), drawn);
        Path stage1 = temp.resolve("output/quickstart/stage1");
        String first = pressed(temp, command, "/6  loss");
        assertTrue(first.contains("Stopped and saved. Run the same command to continue"), first);
        int steps = Files.readAllLines(stage1.resolve("metrics.jsonl")).size();
        assertTrue(steps < 6, first);
        String second = pressed(temp, command, "Stage 2: ");
        assertTrue(
                second.contains("resuming output/quickstart/stage1 after step " + steps), second);
        assertEquals(6, Files.readAllLines(stage1.resolve("metrics.jsonl")).size());
        String third = pressed(temp, command, "opening data and weights");
        assertTrue(third.contains("Already trained: output/quickstart/stage1"), third);
    }

    @Test
    void inPrepareFinishedShardsAreKeptAndNothingElseIsSaid() throws Exception {
        try (MisbehavingServer server =
                new MisbehavingServer(0, URI.create("http://127.0.0.1:1/"))) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                urls.add(server.address(Behaviour.IMAGE, i).toString());
            }
            Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
            String output = temp.resolve("out").toString();
            PrepareYaml.of(temp, list, output, server.hostAndPort());
            List<String> words = new ArrayList<>(List.of("prepare", "--master", "local[2]"));
            PrepareYaml.local()
                    .forEach((key, value) -> words.addAll(List.of("--conf", key + "=" + value)));
            words.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
            words.addAll(List.of("--options", "prepare.samples_per_shard=10"));
            words.addAll(List.of("fetch.connections=1", "fetch.connections_per_host=1"));
            List<String> command = PROCESS.command(words);
            server.delay(300);
            String shown = pressed(Path.of(""), command, "fetched ");
            String last = shown.substring(shown.indexOf("^C") + 2).strip();
            assertEquals(
                    "Stopped. Finished shards are kept; run the same command to continue.", last);
            server.delay(0);
            assertTrue(run(command).contains("40 samples in 4 shards"));
        }
    }
}
