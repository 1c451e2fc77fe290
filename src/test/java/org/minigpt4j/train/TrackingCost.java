package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.SceneWorld;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Measures what tracking costs a step; no test, since times on a shared machine prove nothing.
 * docs/tracking.md has the command and what it printed.
 */
class TrackingCost {

    private static final int ROUNDS = Integer.getInteger("minigpt4j.rounds", 5);
    private static final int STEPS = 30;
    private static final int WARM = 5;
    private static final int CALLS = 5000;

    @TempDir private Path temp;

    @Test
    void stepTimesInTurns() throws Exception {
        new SceneWorld(0, 128).writeShards(temp.resolve("shards"), 0, 200);
        new RandomModel(Preset.NANO, 0).write(temp.resolve("weights"));
        String gone;
        try (ServerSocket free = new ServerSocket(0)) {
            gone = "http://127.0.0.1:" + free.getLocalPort();
        }
        // Takes connections and never answers.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Map<String, String> stores = new LinkedHashMap<>();
            stores.put("off", "none");
            stores.put("sqlite", "sqlite:///" + temp.resolve("mlflow.db"));
            stores.put("no server", gone);
            stores.put("silent server", "http://127.0.0.1:" + silent.getLocalPort());
            Map<String, List<Double>> ratios = new LinkedHashMap<>();
            for (int round = 0; round < ROUNDS; round++) {
                Map<String, Double> medians = new LinkedHashMap<>();
                for (var store : stores.entrySet()) {
                    medians.put(store.getKey(), medianStep(store.getValue(), "" + round));
                }
                medians.forEach(
                        (name, median) ->
                                ratios.computeIfAbsent(name, n -> new ArrayList<>())
                                        .add(median / medians.get("off")));
                print("round %d, median step in ms: %s", round, medians);
            }
            ratios.forEach((name, all) -> print("%s: median ratio to off %.4f", name, median(all)));
        }
        callCost(gone, "no server");
        callCost("sqlite:///" + temp.resolve("calls.db"), "sqlite");
    }

    private double medianStep(String uri, String name) throws InterruptedException {
        Path weights = temp.resolve("weights");
        TrainConfig config =
                TrainConfig.load(
                        Path.of("train_configs", "quickstart_stage1.yaml"),
                        List.of(
                                "model.llama_model=" + RandomModel.llama(weights),
                                "model.q_former_model=" + RandomModel.qformer(weights),
                                "model.vit_weights=" + RandomModel.vit(weights),
                                "datasets.scenes.build_info.storage=" + temp.resolve("shards"),
                                "run.output_dir=" + temp.resolve("out" + name),
                                "run.max_epoch=1",
                                "run.iters_per_epoch=" + STEPS,
                                "run.peak_tflops=1",
                                "run.tracking.timeout_seconds=1",
                                "run.tracking.uri=" + uri));
        List<Double> millis = new ArrayList<>();
        TrainListener clock =
                new TrainListener() {
                    private long last;

                    @Override
                    public void step(StepReport report) {
                        long now = System.nanoTime();
                        if (report.step() > WARM) {
                            millis.add((now - last) / 1e6);
                        }
                        last = now;
                    }
                };
        try (TrainRun run = TrainRun.open(config, Resume.NEVER, (key, bytes) -> {})) {
            run.train(List.of(clock), text -> {}, () -> false);
        }
        assertEquals(STEPS - WARM, millis.size());
        return median(millis);
    }

    /** What the training thread itself does for a step. */
    private void callCost(String uri, String name) {
        StepReport report =
                new StepReport(
                        1,
                        0,
                        0,
                        1.5,
                        1e-3,
                        1,
                        1,
                        false,
                        new Workload(16, 700, 300, 1e9),
                        new Phases(0.001, 0.1, 0.001, 0.001),
                        1e12);
        TrackerSettings settings =
                new TrackerSettings(
                        uri,
                        "cost",
                        "cost",
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        TrackingEnvironment.of(Map.of(), "me"));
        List<Double> micros = new ArrayList<>();
        try (Tracker tracker =
                Tracker.open(temp.resolve("calls " + name), settings, Optional.empty(), true)) {
            for (int step = 1; step <= CALLS; step++) {
                long begin = System.nanoTime();
                tracker.points(step, StepFigures.of(report, List.of()));
                micros.add((System.nanoTime() - begin) / 1e3);
            }
        }
        print("%s: a call on the training thread takes %.1f us (median)", name, median(micros));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void print(String format, Object... values) {
        System.out.println("TrackingCost: " + String.format(Locale.ROOT, format, values));
    }
}
