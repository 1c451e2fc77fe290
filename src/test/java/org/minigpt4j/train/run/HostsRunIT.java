package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.io.LocalStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * {@code launch/spark/standalone train} on a cluster of Spark's own in processes of this machine.
 */
@Timeout(600)
@Tag("soak")
class HostsRunIT {

    private static final int STEPS = 40;

    @TempDir private static Path temp;
    private static NanoFiles files;
    private static List<Double> losses;

    private static final Map<String, String> OPTIONS =
            Map.of(
                    "run.iters_per_epoch", "20",
                    "run.max_epoch", "2",
                    "run.batch_size_train", "2",
                    "run.micro_batches", "4",
                    "run.threads", "1",
                    "run.log_freq", "1",
                    "run.samples.count", "0");

    @BeforeAll
    static void alone() throws Exception {
        files = NanoFiles.make(temp, 64);
        List<String> command = new ArrayList<>(List.of("launch/minigpt4j"));
        command.addAll(files.train("alone", OPTIONS));
        Path log = temp.resolve("alone.log");
        assertEquals(0, start(command, Map.of(), log).waitFor(), () -> read(log));
        losses = losses("alone");
        assertEquals(STEPS, losses.size());
    }

    private static Process start(List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().putAll(environment);
        return TestProcess.start(builder);
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<Double> losses(String output) throws IOException {
        List<Double> losses = new ArrayList<>();
        String all = Files.readString(new RunFolder(temp.resolve(output)).metrics());
        for (String line : all.substring(0, all.lastIndexOf('\n') + 1).lines().toList()) {
            var step = JsonParser.parseString(line).getAsJsonObject();
            losses.add(step.get("loss").getAsDouble());
        }
        return losses;
    }

    private static TrainState last(String output) throws Exception {
        Path run = temp.resolve(output);
        return new CheckpointFolder(new LocalStore(run.resolve("checkpoints")))
                .resumable()
                .checkpoint()
                .orElseThrow()
                .state();
    }

    private static Process train(String output, int hosts, Path log) throws IOException {
        Map<String, String> options = new TreeMap<>(OPTIONS);
        options.put("run.hosts", "" + hosts);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "launch/spark/standalone",
                                "train",
                                "--conf",
                                "spark.ui.enabled=false",
                                "--conf",
                                "spark.executor.memory=900m",
                                "--conf",
                                "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1"
                                        + " -XX:+UseSerialGC",
                                "--"));
        command.addAll(
                files.train(output, options).subList(1, files.train(output, options).size()));
        return start(command, Map.of("MASTER", "local-cluster[%d,1,900]".formatted(hosts)), log);
    }

    private static void assertSame(String output) throws Exception {
        assertEquals(losses, losses(output));
        TrainState one = last("alone");
        TrainState other = last(output);
        assertEquals(STEPS, other.step());
        assertArrayEquals(one.trainable().values(), other.trainable().values());
        assertArrayEquals(one.secondMoment().values(), other.secondMoment().values());
        assertEquals(one.means(), other.means());
    }

    @Test
    void aHostThatIsKilledCostsNoStepAndNoBit() throws Exception {
        Path log = temp.resolve("killed.log");
        Process run = train("killed", 2, log);
        awaitSteps(run, "killed", 4);
        executors(run).get(0).destroyForcibly();
        assertEquals(0, run.waitFor(), () -> read(log));
        assertTrue(read(log).contains(", while "), () -> "nobody was lost\n" + read(log));
        assertSame("killed");
    }

    @Test
    void fourHostsThreeOfWhichAreKilledOrStoppedGiveTheSameBits() throws Exception {
        Path log = temp.resolve("four.log");
        Process run = train("four", 4, log);
        awaitSteps(run, "four", 3);
        List<ProcessHandle> executors = executors(run);
        executors.get(0).destroyForcibly();
        awaitSteps(run, "four", 6);
        signal("STOP", executors.get(1));
        awaitSteps(run, "four", 9);
        executors.get(2).destroyForcibly();
        awaitSteps(run, "four", 12);
        signal("CONT", executors.get(1));
        assertEquals(0, run.waitFor(), () -> read(log));
        assertSame("four");
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, "" + process.pid());
        assertEquals(0, TestProcess.start(kill).waitFor());
    }

    private static List<ProcessHandle> executors(Process run) {
        return run.descendants()
                .filter(
                        process ->
                                process.info().commandLine().orElse("").contains("ExecutorBackend"))
                .toList();
    }

    private static void awaitSteps(Process run, String output, int steps) throws Exception {
        Path metrics = new RunFolder(temp.resolve(output)).metrics();
        while (run.isAlive() && !(Files.exists(metrics) && losses(output).size() >= steps)) {
            run.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }
}
