package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs put together from a configuration. */
class TrainRunIT {

    private static final Path PAGE = Path.of("docs", "training.md");

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
    }

    @Test
    void replicasOfADeviceShareTheFrozenWeights() {
        List<String> alone = loaded("cpu x 1");
        assertEquals(alone, loaded("cpu x 3"));
        assertEquals(alone.size(), Set.copyOf(alone).size(), "each tensor once");
    }

    private static List<String> loaded(String devices) {
        List<String> keys = new ArrayList<>();
        TrainConfig config = config("shared", Map.of("run.devices", devices));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> keys.add(key))) {
            assertEquals(List.of(), run.notices());
        }
        assertTrue(keys.size() > 50, keys.toString());
        return keys;
    }

    @Test
    void aLineOfTheLogHoldsWhatThePageSaysAndAddsUp() throws Exception {
        TrainConfig config =
                config("logged", Map.of("run.micro_batches", "3", "run.peak_tflops", "0.25"));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            run.train(List.of(), warning -> {}, () -> false);
        }
        List<String> lines = Files.readAllLines(temp.resolve("logged/metrics.jsonl"));
        assertEquals(4, lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonObject line = JsonParser.parseString(lines.get(i)).getAsJsonObject();
            Set<String> documented = documented();
            documented.remove("skipped"); // none was
            assertEquals(documented, new TreeSet<>(line.keySet()));
            assertEquals(i + 1, number(line, "step"));
            assertEquals(i / 2, number(line, "epoch"));
            assertEquals(6, number(line, "samples"));
            double seconds = number(line, "step_s");
            double phases =
                    number(line, "data_s")
                            + number(line, "compute_s")
                            + number(line, "reduce_s")
                            + number(line, "update_s");
            assertEquals(seconds, phases, 1e-9);
            assertEquals(6, seconds * number(line, "samples_per_s"), 1e-6);
            assertEquals(number(line, "tokens"), seconds * number(line, "tokens_per_s"), 1e-6);
            assertEquals(number(line, "tflops") / 0.25, number(line, "mfu"), 1e-9);
            assertTrue(number(line, "labels") < number(line, "tokens"));
            assertTrue(number(line, "host_bytes") > 1e8);
            assertTrue(number(line, "eta_s") >= 0);
        }
        assertEquals(0, number(JsonParser.parseString(lines.get(3)).getAsJsonObject(), "eta_s"));
    }

    /** The fields that the page's table explains. */
    private static Set<String> documented() throws IOException {
        String page = Files.readString(PAGE);
        String table = page.substring(page.indexOf("| field | meaning |"));
        table = table.substring(0, table.indexOf("\n\n"));
        Set<String> fields = new TreeSet<>();
        for (String row : table.lines().skip(2).toList()) {
            Matcher name =
                    Pattern.compile("`(\\w+)`").matcher(row.substring(0, row.indexOf("|", 1)));
            while (name.find()) {
                fields.add(name.group(1));
            }
        }
        return fields;
    }

    private static double number(JsonObject line, String name) {
        return line.get(name).getAsDouble();
    }

    private static TrainConfig config(String output, Map<String, String> more) {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "2",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.tracking.uri", "none"));
        options.putAll(more);
        List<String> arguments = files.train(output, options);
        int begin = arguments.indexOf("--options") + 1;
        return TrainConfig.load(
                Path.of(arguments.get(2)), arguments.subList(begin, arguments.size()));
    }
}
