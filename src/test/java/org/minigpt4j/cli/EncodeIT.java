package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.TrainRun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code launch/encode}, killed on one machine and continued by {@code launch/spark/standalone
 * encode} on a cluster of Spark's own, and a training that reads what they wrote.
 */
@Timeout(600)
class EncodeIT {

    private static final int SCENES = 120;
    private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
    private static final Pattern TOLD =
            Pattern.compile("(\\d+) pictures are in the store, (\\d+) are to be encoded");

    @TempDir private Path temp;

    @Test
    void aKilledEncodingGoesOnAndTrainingThenEncodesNothingAndLearnsTheSame() throws Exception {
        NanoFiles files = NanoFiles.make(temp, SCENES);
        List<String> itself = options(files, "itself", "filled-by-training");
        List<String> reading = options(files, "reading", "filled-ahead");
        Path store = temp.resolve("filled-ahead");

        Path log = temp.resolve("killed.log");
        Process killed =
                start(
                        log,
                        Map.of(),
                        command(
                                List.of("launch/encode", "--master", "local[1]", "--part", "2"),
                                reading));
        while (killed.isAlive() && parts(store).size() < 3) {
            killed.waitFor(1, TimeUnit.MILLISECONDS);
        }
        assertTrue(killed.isAlive(), () -> read(log));
        killed.destroyForcibly().waitFor();
        Map<Path, FileTime> finished = parts(store);
        assertTrue(finished.size() >= 3 && finished.size() < SCENES / 2, finished::toString);

        Path rest = temp.resolve("rest.log");
        Map<String, String> cluster =
                Map.of("MASTER", "local-cluster[2,1,900]", "SPARK_LOCAL_IP", "127.0.0.1");
        List<String> submit =
                List.of(
                        "launch/spark/standalone",
                        "encode",
                        "--conf",
                        "spark.ui.enabled=false",
                        "--conf",
                        "spark.executor.memory=900m",
                        "--conf",
                        "spark.executor.extraJavaOptions=" + SHORT_LIVED,
                        "--",
                        "--part",
                        "12");
        assertEquals(0, start(rest, cluster, command(submit, reading)).waitFor(), () -> read(rest));
        Matcher told = TOLD.matcher(read(rest));
        assertTrue(told.find(), () -> read(rest));
        assertEquals(2 * finished.size(), Integer.parseInt(told.group(1)));
        assertEquals(SCENES - 2 * finished.size(), Integer.parseInt(told.group(2)));
        assertTrue(read(rest).contains("the store has " + SCENES), () -> read(rest));
        Map<Path, FileTime> all = parts(store);
        finished.forEach((part, when) -> assertEquals(when, all.get(part), "made again: " + part));

        assertEquals(train(itself), train(reading));
        assertEquals(all, parts(store), "training wrote features");
    }

    private List<String> options(NanoFiles files, String output, String store) {
        Map<String, String> more = new TreeMap<>();
        more.put("run.cache_features", temp.resolve(store).toString());
        more.put("datasets.scenes.vis_processor.train.image_transform", "resize");
        more.put("run.iters_per_epoch", "6");
        more.put("run.max_epoch", "1");
        more.put("run.batch_size_train", "3");
        more.put("run.threads", "1");
        more.put("run.log_freq", "1");
        more.put("run.samples.count", "0");
        List<String> arguments = files.train(output, more);
        return arguments.subList(1, arguments.size());
    }

    private static List<String> command(List<String> start, List<String> arguments) {
        List<String> command = new ArrayList<>(start);
        command.addAll(arguments);
        return command;
    }

    private static Process start(Path log, Map<String, String> environment, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS", SHORT_LIVED);
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

    /** Finished parts, and when each was made. */
    private static Map<Path, FileTime> parts(Path store) throws IOException {
        Map<Path, FileTime> parts = new TreeMap<>();
        if (Files.isDirectory(store)) {
            try (Stream<Path> files = Files.list(store)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".features")).toList()) {
                    parts.put(file, Files.getLastModifiedTime(file));
                }
            }
        }
        return parts;
    }

    private List<Double> train(List<String> arguments) throws Exception {
        TrainConfig config =
                TrainConfig.load(Path.of(arguments.get(1)), arguments.subList(3, arguments.size()));
        try (TrainRun run = TrainRun.open(config, Resume.NEVER, (key, bytes) -> {})) {
            run.train(List.of(), notice -> {}, () -> false);
        }
        List<Double> losses = new ArrayList<>();
        Path metrics = new RunFolder(config.run().outputDir()).metrics();
        for (String line : Files.readAllLines(metrics)) {
            losses.add(JsonParser.parseString(line).getAsJsonObject().get("loss").getAsDouble());
        }
        assertEquals(6, losses.size());
        return losses;
    }
}
