package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.OnDevice;
import org.minigpt4j.Where;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.Devices;
import org.minigpt4j.train.RunOutcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Runs of a configuration, on the device that it names. */
public class RunOnDeviceIT extends OnDevice {

    private static final Map<String, String> EXACT = Map.of("run.precision", "fp32");

    /** Another device adds in another order, and nothing else is different. */
    private static final double OTHER_ORDER = 1e-5;

    @TempDir private Path temp;
    private NanoFiles files;

    @BeforeAll
    void make(@TempDir Path made) throws IOException {
        files = NanoFiles.make(made, 64);
    }

    @Test
    void aStepSaysWhatTheDeviceHoldsAndWhatTheLossIsScaledBy() throws Exception {
        run("auto", where.kind(), Map.of("run.amp", "True"), () -> false);
        for (JsonObject line : lines("auto")) {
            double bytes = line.get("device_bytes").getAsDouble();
            assertEquals(where == Where.CUDA, bytes > 0, line.toString());
            double scale = line.get("scale").getAsDouble();
            assertEquals(where == Where.CUDA, scale > 1, "float16 on a GPU alone: " + line);
            assertTrue(Double.isFinite(line.get("loss").getAsDouble()), line.toString());
        }
        assertTrue(Files.exists(temp.resolve("auto/samples.html")), "captions were written");
    }

    @Test
    void aCheckpointOfOneDeviceGoesOnOnAnother() throws Exception {
        run("unbroken", "cpu", EXACT, () -> false);
        List<Double> expected = losses("unbroken");
        assertEquals(4, expected.size());
        assertGoesOn("from here", where.kind(), "cpu", expected);
        assertGoesOn("from there", "cpu", where.kind(), expected);
    }

    private void assertGoesOn(String output, String first, String then, List<Double> expected)
            throws Exception {
        assertEquals(RunOutcome.STOPPED, run(output, first, EXACT, () -> isLogged(output)));
        assertEquals(1, losses(output).size());
        assertEquals(RunOutcome.FINISHED, run(output, then, EXACT, () -> false));
        List<Double> found = losses(output);
        if (first.equals(then)) {
            assertEquals(expected, found, output);
        }
        for (int i = 0; i < expected.size(); i++) {
            double loss = expected.get(i);
            assertEquals(loss, found.get(i), OTHER_ORDER * loss, output + ": loss " + i);
        }
    }

    /** Whether the first step is behind. */
    private boolean isLogged(String output) {
        return new RunFolder(temp.resolve(output)).metrics().toFile().length() > 0;
    }

    @Test
    void allDevicesTogetherGiveTheBitsOfOne() throws Exception {
        int gpus = where == Where.CUDA ? Devices.gpus() : 0;
        assumeTrue(gpus > 1, "fewer than two CUDA devices");
        assertSameBits(2 * gpus, "0", "auto");
    }

    @Test
    void twoReplicasOfOneDeviceGiveTheBitsOfOne() throws Exception {
        boolean cuda = where == Where.CUDA;
        assertSameBits(4, cuda ? "0" : "cpu x 1", cuda ? "[0, 0]" : "cpu x 2");
    }

    private void assertSameBits(int microBatches, String one, String other) throws Exception {
        for (String some : List.of(one, other)) {
            Map<String, String> options = new TreeMap<>(EXACT);
            options.put("run.devices", some);
            options.put("run.micro_batches", "" + microBatches);
            run("on " + some, where.kind(), options, () -> false);
        }
        assertEquals(losses("on " + one), losses("on " + other));
    }

    private RunOutcome run(
            String output, String device, Map<String, String> more, BooleanSupplier stop)
            throws Exception {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.device", device,
                                "run.max_epoch", "2",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "2",
                                "run.samples.count", "1",
                                "run.samples.max_new_tokens", "4",
                                "run.threads", "1",
                                "run.output_dir", temp.resolve(output).toString(),
                                "run.tracking.uri", "none"));
        options.putAll(more);
        List<String> arguments = files.train(output, options);
        int begin = arguments.indexOf("--options") + 1;
        TrainConfig config =
                TrainConfig.load(
                        Path.of(arguments.get(2)), arguments.subList(begin, arguments.size()));
        try (TrainRun run = TrainRun.open(config, Resume.FORCE, (key, bytes) -> {})) {
            return run.train(List.of(), warning -> {}, stop);
        }
    }

    private List<JsonObject> lines(String output) throws IOException {
        return Files.readAllLines(temp.resolve(output).resolve("metrics.jsonl")).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private List<Double> losses(String output) throws IOException {
        return lines(output).stream().map(line -> line.get("loss").getAsDouble()).toList();
    }
}
