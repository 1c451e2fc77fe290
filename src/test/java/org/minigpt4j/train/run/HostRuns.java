package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;

import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.LocalStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** One training in the small world, made by one process and by hosts of clusters, to compare. */
final class HostRuns {

    private static final String MEMORY = "900m";

    private final Path temp;
    private final int steps;
    private final NanoFiles files;
    private final List<Double> losses;
    private final TrainState end;

    /** Trains in this process. */
    HostRuns(Path temp, int steps) throws Exception {
        this.temp = temp;
        this.steps = steps;
        files = NanoFiles.make(temp, 64);
        List<String> arguments = arguments("alone", Map.of());
        TrainConfig config =
                TrainConfig.load(Path.of(arguments.get(1)), arguments.subList(3, arguments.size()));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            run.train(List.of(), warning -> {}, () -> false);
        }
        losses = losses("alone");
        assertEquals(steps, losses.size());
        end = end("alone");
    }

    /** What stands behind the command {@code train}. */
    private List<String> arguments(String output, Map<String, String> more) {
        Map<String, String> options = new TreeMap<>();
        options.put("run.iters_per_epoch", "" + steps / 2);
        options.put("run.max_epoch", "2");
        options.put("run.batch_size_train", "2");
        options.put("run.micro_batches", "4");
        options.put("run.threads", "1");
        options.put("run.log_freq", "1");
        options.put("run.samples.count", "0");
        options.put("run.host_silence", "60"); // a busy machine is no fault
        options.putAll(more);
        List<String> arguments = files.train(output, options);
        return arguments.subList(1, arguments.size());
    }

    /** A run on hosts, under way. */
    final class Run {
        private final String output;
        private final Path log;
        private final Process process;

        private Run(String output, Path log, Process process) {
            this.output = output;
            this.log = log;
            this.process = process;
        }

        Process process() {
            return process;
        }

        String log() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                return e.toString();
            }
        }

        /** Waits until so many steps are logged, or the run has ended. */
        void awaitSteps(int done) throws Exception {
            Path metrics = new RunFolder(temp.resolve(output)).metrics();
            while (process.isAlive() && !(Files.exists(metrics) && steps() >= done)) {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
            assertEquals(true, process.isAlive(), this::log);
        }

        int steps() throws IOException {
            return losses(output).size();
        }

        /** Waits until the terminal has shown some words, or the run has ended. */
        void awaitWords(String words) throws Exception {
            while (process.isAlive() && !log().contains(words)) {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
            assertEquals(true, log().contains(words), this::log);
        }

        /** Waits until the terminal has shown some words once more than {@code before}. */
        void awaitAnother(String words, String before) throws Exception {
            int times = before.split(words, -1).length;
            while (process.isAlive() && log().split(words, -1).length <= times) {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
            assertEquals(true, process.isAlive(), this::log);
        }

        /** Waits for the end, which must be the one of a process alone. */
        void assertSame() throws Exception {
            assertEquals(0, process.waitFor(), this::log);
            assertEquals(losses, losses(output), this::log);
            TrainState other = end(output);
            assertEquals(steps, other.step());
            assertArrayEquals(end.trainable().values(), other.trainable().values());
            assertArrayEquals(end.firstMoment().values(), other.firstMoment().values());
            assertArrayEquals(end.secondMoment().values(), other.secondMoment().values());
            assertEquals(end.means(), other.means());
        }
    }

    /** Starts one on a cluster of Spark's own. */
    Run localCluster(String output, int hosts, Map<String, String> options) throws IOException {
        return start(output, hosts, "local-cluster[%d,1,900]".formatted(hosts), options);
    }

    /** Starts one by {@code launch/spark/standalone train}. */
    Run start(String output, int hosts, String master, Map<String, String> options)
            throws IOException {
        Map<String, String> environment = Map.of("MASTER", master);
        return start("launch/spark/standalone", environment, output, hosts, options);
    }

    /** Starts one by a script. */
    Run start(
            String script,
            Map<String, String> environment,
            String output,
            int hosts,
            Map<String, String> options)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(script, "train"));
        command.addAll(List.of("--conf", "spark.ui.enabled=false"));
        command.addAll(List.of("--conf", "spark.executor.memory=" + MEMORY));
        command.addAll(
                List.of("--conf", "spark.executor.extraJavaOptions=" + TestProcess.SHORT_LIVED));
        command.add("--");
        Map<String, String> all = new TreeMap<>(options);
        all.put("run.hosts", "" + hosts);
        command.addAll(arguments(output, all));
        Path log = temp.resolve(output + ".log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS", TestProcess.SHORT_LIVED);
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().putAll(environment);
        return new Run(output, log, TestProcess.start(builder));
    }

    private List<Double> losses(String output) throws IOException {
        List<Double> found = new ArrayList<>();
        String all = Files.readString(new RunFolder(temp.resolve(output)).metrics());
        for (String line : all.substring(0, all.lastIndexOf('\n') + 1).lines().toList()) {
            found.add(JsonParser.parseString(line).getAsJsonObject().get("loss").getAsDouble());
        }
        return found;
    }

    private TrainState end(String output) throws Exception {
        return new CheckpointFolder(new LocalStore(temp.resolve(output).resolve("checkpoints")))
                .resumable()
                .checkpoint()
                .orElseThrow()
                .state();
    }

    /** Processes that a process started and in which ranks run. */
    static List<ProcessHandle> executors(ProcessHandle started) {
        return started.descendants()
                .filter(one -> one.info().commandLine().orElse("").contains("ExecutorBackend"))
                .toList();
    }

    static void signal(String name, ProcessHandle process) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, "" + process.pid());
        assertEquals(0, TestProcess.start(kill).waitFor());
    }
}
