package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.minigpt4j.model.GoldenModel.assertClose;

import ai.djl.Device;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ProjectionValues;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The reference's own training runs, iteration by iteration. */
class TrainingParityTest {

    private static final double LOSS = 1e-5;
    private static final double WEIGHT = 5e-6;
    private static final double RATE = 1e-12;
    private static final int BATCHES = 4;

    private static Backbone backbone;
    private static JsonObject settings;

    @BeforeAll
    static void load() throws IOException {
        backbone = GoldenModel.backbone(Device.cpu(), ComputePrecision.FP32, false, false);
        // log.txt opens with the merged configuration and goes on with other JSON.
        try (var reader = new JsonReader(Files.newBufferedReader(Goldens.path("stage1_log.txt")))) {
            settings = JsonParser.parseReader(reader).getAsJsonObject().getAsJsonObject("run");
        }
    }

    @AfterAll
    static void close() {
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
        Npz stage1 = Goldens.npz("stage1_train.npz");
        var start =
                TrainState.start(
                        new ProjectionValues(
                                stage1.floats("final_weight"), stage1.floats("final_bias")));
        Npz prompts = Goldens.npz("stage2_forward.npz");
        follow(golden, start, batches(2, prompts), schedule(golden, epochs(), 1));
    }

    @Test
    void accumulatedGradientsAreSummedAsInTheReference() throws Exception {
        Npz golden = Goldens.npz("stage1_train_accum2.npz");
        var start = TrainState.start(GoldenModel.initialProjection());
        follow(golden, start, batches(1, null), schedule(golden, 1, 2));
    }

    private static int epochs() {
        return settings.get("max_epoch").getAsInt();
    }

    private static Schedule schedule(Npz golden, int epochs, int accumulate) {
        int iterations = golden.doubles("loss").length / epochs;
        var rate =
                new LearningRate.LinearWarmupCosine(
                        settings.get("init_lr").getAsDouble(),
                        settings.get("min_lr").getAsDouble(),
                        settings.get("warmup_lr").getAsDouble(),
                        settings.get("warmup_steps").getAsInt(),
                        iterations,
                        epochs);
        return new Schedule(epochs, iterations, accumulate, rate);
    }

    private static List<Batch> batches(int stage, Npz prompts) {
        List<Batch> batches = new ArrayList<>();
        for (int k = 0; k < BATCHES; k++) {
            Npz golden = Goldens.npz("stage%d_batch_%d.npz".formatted(stage, k));
            batches.add(
                    new Batch(
                            List.of(),
                            (results, model) ->
                                    model.features(
                                            results,
                                            GoldenModel.array(results, golden.get("image"))),
                            GoldenModel.text(golden, prompts == null ? golden : prompts)));
        }
        return batches;
    }

    private static void follow(Npz golden, TrainState start, List<Batch> batches, Schedule schedule)
            throws InterruptedException {
        double[] losses = golden.doubles("loss");
        double[] rates = golden.doubles("lr");
        var compare =
                new TrainListener() {
                    private ParallelTrain train;

                    @Override
                    public void step(StepReport report) {
                        int i = report.step() - 1;
                        assertEquals(losses[i], report.loss(), LOSS, "loss " + i);
                        assertEquals(rates[i], report.learningRate(), RATE * rates[i], "rate " + i);
                        String entering = "weight_before_step_" + report.step();
                        if (golden.has(entering)) {
                            ProjectionValues now = train.state().projection();
                            assertClose(entering, golden.floats(entering), now.weight(), WEIGHT);
                            entering = "bias_before_step_" + report.step();
                            assertClose(entering, golden.floats(entering), now.bias(), WEIGHT);
                        }
                    }
                };
        try (Replicas replica = new Replicas(List.of(new Replica(new MiniGpt4(backbone))), 1e12);
                BatchSource source = new Cycle(batches, start.position())) {
            AdamW optimizer =
                    new AdamW(
                            0.999,
                            settings.get("weight_decay").getAsDouble(),
                            start.firstMoment(),
                            start.secondMoment(),
                            start.updates());
            compare.train =
                    new ParallelTrain(
                            replica,
                            source,
                            schedule,
                            StepRules.reference(),
                            optimizer,
                            new LossScaler(false, start.scaler()),
                            start,
                            List.of(compare),
                            Saver.NONE);
            compare.train.run(() -> false);
            TrainState end = compare.train.state();
            assertEquals(losses.length, end.iteration());
            assertClose(
                    "final weight",
                    golden.floats("final_weight"),
                    end.projection().weight(),
                    WEIGHT);
            assertClose("final bias", golden.floats("final_bias"), end.projection().bias(), WEIGHT);
        }
    }

    /** The four recorded batches, over and over. */
    private static final class Cycle implements BatchSource {

        private final List<Batch> batches;
        private long position;

        Cycle(List<Batch> batches, long position) {
            this.batches = batches;
            this.position = position;
        }

        @Override
        public Batch next() {
            return batches.get((int) (position++ % batches.size()));
        }

        @Override
        public void close() {}
    }
}
