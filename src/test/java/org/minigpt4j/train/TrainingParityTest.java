package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.minigpt4j.model.GoldenModel.assertClose;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.Where;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The reference's own training runs, step by step. */
class TrainingParityTest extends OnDevice {

    private static final double LOSS = 1e-5;
    private static final double WEIGHT = 5e-6;
    private static final double RATE = 1e-12;

    /**
     * A GPU adds in another order. AdamW divides a gradient by its own size, so where one is not
     * far above float32's noise the weight moves by a part of the rate, which is 0.02 here.
     */
    private static final double GPU = 20;

    private final double slack = where == Where.CUDA ? GPU : 1;

    @TempDir Path folder;

    private Backbone backbone;
    private JsonObject settings;

    @BeforeAll
    void load() throws IOException {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
        // log.txt opens with the merged configuration and goes on with other JSON.
        try (var reader = new JsonReader(Files.newBufferedReader(Goldens.path("stage1_log.txt")))) {
            settings = JsonParser.parseReader(reader).getAsJsonObject().getAsJsonObject("run");
        }
    }

    @AfterAll
    void close() {
        backbone.close();
    }

    @Test
    void stageOneFollowsTheReference() throws Exception {
        Npz golden = Goldens.npz("stage1_train.npz");
        var start = TrainState.start(GoldenModel.initialProjection());
        follow(golden, start, batches(1, null), schedule(golden, epochs(), 1));
    }

    @Test
    void stageTwoFollowsTheReference() throws Exception {
        Npz golden = Goldens.npz("stage2_train.npz");
        TrainableValues trained =
                TrainedTensors.read(
                        Goldens.path("checkpoints/stage1_checkpoint_1.pth"),
                        "test",
                        TrainableSet.projection(Goldens.dim("ldim"), Goldens.dim("qdim")));
        var start = TrainState.start(trained);
        Npz prompts = Goldens.npz("stage2_forward.npz");
        follow(golden, start, batches(2, prompts), schedule(golden, epochs(), 1));
    }

    @Test
    void accumulatedGradientsAreSummedAsInTheReference() throws Exception {
        List<Path> runs = Goldens.files("", "stage1_train_accum*.npz");
        assertFalse(runs.isEmpty());
        for (Path run : runs) {
            int accumulate =
                    Integer.parseInt(run.getFileName().toString().replaceAll(".*accum|[.]npz", ""));
            Npz golden = Npz.read(run);
            var start = TrainState.start(GoldenModel.initialProjection());
            follow(golden, start, batches(1, null), schedule(golden, 1, accumulate));
        }
    }

    @Test
    void resumesFromTheReferencesCheckpoint() throws Exception {
        Npz golden = Goldens.npz("stage1_train.npz");
        Schedule schedule = schedule(golden, epochs(), 1);
        TrainState start =
                UpstreamCheckpoint.state(
                        MiniGpt4Pth.read(Goldens.path("checkpoints/stage1_checkpoint_0.pth")),
                        "test",
                        schedule.stepsPerEpoch(),
                        1);
        assertEquals(schedule.stepsPerEpoch(), start.step(), "one epoch is over");
        assertEquals(schedule.stepsPerEpoch(), start.updates(), "and had an update a step");
        follow(golden, start, batches(1, null), schedule);
    }

    private static MiniGpt4Pth.Group group(Path file) {
        return MiniGpt4Pth.read(file)
                .optimizer()
                .orElseThrow()
                .slots()
                .get(TrainableSet.WEIGHT)
                .group();
    }

    @Test
    void goesOnFromItsOwnPthWithTheSameBits() throws Exception {
        Schedule schedule = schedule(Goldens.npz("stage1_train.npz"), epochs(), 1);
        var oneEpoch = new Schedule(1, schedule.stepsPerEpoch(), 1, schedule.learningRate());
        List<MicroBatch> batches = batches(1, null);
        TrainState middle =
                train(TrainState.start(GoldenModel.initialProjection()), batches, oneEpoch);
        Path file = folder.resolve("checkpoint_0.pth");
        Map<String, Object> run =
                new Gson().fromJson(settings, new TypeToken<Map<String, Object>>() {}.getType());
        UpstreamCheckpoint.of(middle, Map.of("run", run)).write(file);
        assertEquals(
                group(Goldens.path("checkpoints/stage1_checkpoint_0.pth")),
                group(file),
                "the learning rate of the last step and all else, as upstream leaves it");

        TrainState unbroken = train(middle, batches, schedule);
        TrainState read =
                UpstreamCheckpoint.state(
                        MiniGpt4Pth.read(file), "test", schedule.stepsPerEpoch(), 1);
        TrainState resumed = train(read, batches, schedule);

        assertEquals(schedule.total(), resumed.step());
        assertEquals(unbroken.updates(), resumed.updates());
        assertArrayEquals(
                unbroken.trainable().floats(TrainableSet.WEIGHT),
                resumed.trainable().floats(TrainableSet.WEIGHT));
        assertArrayEquals(
                unbroken.trainable().floats(TrainableSet.BIAS),
                resumed.trainable().floats(TrainableSet.BIAS));
        assertArrayEquals(
                unbroken.firstMoment().floats(TrainableSet.BIAS),
                resumed.firstMoment().floats(TrainableSet.BIAS));
        assertArrayEquals(
                unbroken.secondMoment().floats(TrainableSet.WEIGHT),
                resumed.secondMoment().floats(TrainableSet.WEIGHT));
    }

    private int epochs() {
        return settings.get("max_epoch").getAsInt();
    }

    private Schedule schedule(Npz golden, int epochs, int accumulate) {
        int steps = golden.doubles("loss").length / epochs;
        var rate =
                new LearningRate.LinearWarmupCosine(
                        settings.get("init_lr").getAsDouble(),
                        settings.get("min_lr").getAsDouble(),
                        settings.get("warmup_lr").getAsDouble(),
                        settings.get("warmup_steps").getAsInt(),
                        steps,
                        epochs);
        return new Schedule(epochs, steps, accumulate, rate);
    }

    private static List<MicroBatch> batches(int stage, Npz prompts) {
        List<MicroBatch> batches = new ArrayList<>();
        int count = Goldens.files("", "stage%d_batch_*.npz".formatted(stage)).size();
        assertTrue(count > 0);
        for (int k = 0; k < count; k++) {
            String file = "stage%d_batch_%d.npz".formatted(stage, k);
            Npz golden = Goldens.npz(file);
            TextBatch text = GoldenModel.text(golden, prompts == null ? golden : prompts);
            batches.add(GoldenBatches.recorded(file, "batch" + k, text));
        }
        return batches;
    }

    /** Trains from {@code start} to the end of a recorded run, comparing all it holds. */
    private void follow(Npz golden, TrainState start, List<MicroBatch> batches, Schedule schedule)
            throws InterruptedException {
        int begin = start.step();
        Comparison comparison = new Comparison(golden, slack);
        TrainState end = train(start, batches, schedule, comparison);
        assertEquals(golden.doubles("loss").length, end.step());
        assertClose(
                "final weight",
                golden.floats("final_weight"),
                end.trainable().floats(TrainableSet.WEIGHT),
                slack * WEIGHT);
        assertClose(
                "final bias",
                golden.floats("final_bias"),
                end.trainable().floats(TrainableSet.BIAS),
                slack * WEIGHT);
        for (String name : golden.names()) {
            int step = Comparison.step(name);
            if (step > begin) {
                assertTrue(comparison.seen.contains(name), name + " was compared with nothing");
            }
        }
    }

    private TrainState train(
            TrainState start, List<MicroBatch> batches, Schedule schedule, Comparison... comparison)
            throws InterruptedException {
        try (Replicas replicas =
                        new Replicas(
                                List.of(
                                        new Replica(
                                                new MiniGpt4(backbone), GoldenBatches::features)),
                                1e12);
                BatchSource source = new Cycle(batches, start.position())) {
            double decay = settings.get("weight_decay").getAsDouble();
            var recipe = new OptimizerConfig(schedule, StepConfig.reference(), 0.999, decay, false);
            var train =
                    new ParallelTrain(replicas, source, recipe, start)
                            .optListeners(List.of(comparison));
            for (Comparison c : comparison) {
                c.train = train;
            }
            train.run(() -> false);
            return train.state();
        }
    }

    /** Holds a run against a recorded one. */
    private static final class Comparison implements TrainListener {

        private static final Pattern ENTERING = Pattern.compile("(?:weight|bias)_before_step_(.*)");

        private final Npz golden;
        private final double slack;
        private final double[] losses;
        private final double[] rates;
        private final Set<String> seen = new HashSet<>();
        private ParallelTrain train;

        Comparison(Npz golden, double slack) {
            this.golden = golden;
            this.slack = slack;
            losses = golden.doubles("loss");
            rates = golden.doubles("lr");
        }

        /** The step, from 0, that a recorded parameter entered; -1 for other arrays. */
        static int step(String name) {
            Matcher matcher = ENTERING.matcher(name);
            return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
        }

        @Override
        public void step(StepReport report) {
            int i = report.step() - 1;
            assertEquals(losses[i], report.loss(), slack * LOSS, "loss " + i);
            assertEquals(rates[i], report.learningRate(), RATE * rates[i], "rate " + i);
            TrainableValues now = train.state().trainable();
            compare("weight_before_step_" + report.step(), now.floats(TrainableSet.WEIGHT));
            compare("bias_before_step_" + report.step(), now.floats(TrainableSet.BIAS));
        }

        private void compare(String name, float[] values) {
            if (golden.has(name)) {
                assertClose(name, golden.floats(name), values, slack * WEIGHT);
                seen.add(name);
            }
        }
    }

    /** The recorded batches, over and over. */
    private static final class Cycle implements BatchSource {

        private final List<MicroBatch> batches;
        private long position;

        Cycle(List<MicroBatch> batches, long position) {
            this.batches = batches;
            this.position = position;
        }

        @Override
        public MicroBatch next() {
            return batches.get((int) (position++ % batches.size()));
        }

        @Override
        public void close() {}
    }
}
