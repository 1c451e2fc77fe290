package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A run that another version of this project began: {@code before/run} is its output folder after
 * three of eight steps, in the middle of an epoch and of an accumulation, and {@code before/end}
 * what that version came to. Both were made by git revision eb82bfc with these options.
 */
class RunOfTheVersionBeforeTest {

    private static final Path BEFORE = Resources.path("org/minigpt4j/train/run/before");
    private static final int BEGUN = 3;
    private static final int STEPS = 8;

    @TempDir private Path temp;

    @Test
    void goesOnToWhatThatVersionCameTo() throws Exception {
        new RandomModel(Preset.NANO, 0).write(temp.resolve("weights"));
        copy(BEFORE.resolve("shards"), temp.resolve("shards"));
        RunFolder resumed = new RunFolder(temp.resolve("resumed"));
        copy(BEFORE.resolve("run"), resumed.root());
        train(resumed, Resume.FORCE, BEGUN);
        List<JsonObject> expected = lines(BEFORE.resolve("end/metrics.jsonl"));
        List<JsonObject> lines = lines(resumed.metrics());
        assertEquals(STEPS, lines.size());
        for (int i = 0; i < STEPS; i++) {
            for (String figure : List.of("step", "epoch", "lr", "samples", "tokens", "labels")) {
                assertEquals(expected.get(i).get(figure), lines.get(i).get(figure), figure);
            }
            double loss = expected.get(i).get("loss").getAsDouble();
            assertEquals(loss, lines.get(i).get("loss").getAsDouble(), 1e-4 * loss, "step " + i);
        }

        // Kernels of another processor may round another way; this one's do if the start does.
        RunFolder anew = new RunFolder(temp.resolve("anew"));
        train(anew, Resume.AUTO, 0);
        assertArrayEquals(state(anew, STEPS), state(resumed, STEPS), "as an unbroken run");
        byte[] begun = state(new RunFolder(BEFORE.resolve("run")), BEGUN);
        if (Arrays.equals(begun, state(anew, BEGUN))) {
            byte[] end = Files.readAllBytes(BEFORE.resolve("end/state.safetensors"));
            assertArrayEquals(end, state(resumed, STEPS), "the bits of the version before");
        }
    }

    private void train(RunFolder output, Resume resume, int step) throws Exception {
        Path weights = temp.resolve("weights");
        List<String> options =
                List.of(
                        "model.llama_model=" + RandomModel.llama(weights),
                        "model.q_former_model=" + RandomModel.qformer(weights),
                        "model.vit_weights=" + RandomModel.vit(weights),
                        "datasets.scenes.build_info.storage=" + temp.resolve("shards"),
                        "run.output_dir=" + output.root(),
                        // What the quickstart's file said then.
                        "model.num_query_token=32",
                        "model.max_txt_len=32",
                        "datasets.scenes.vis_processor.train.name=blip2_image_train",
                        "run.init_lr=3e-3",
                        "run.min_lr=3e-4",
                        "run.warmup_steps=50",
                        "run.weight_decay=0.05",
                        "run.beta2=0.999",
                        "run.max_epoch=2",
                        "run.iters_per_epoch=4",
                        "run.batch_size_train=2",
                        "run.micro_batches=2",
                        "run.accum_grad_iters=2",
                        "run.accumulation=mean",
                        "run.max_grad_norm=1.0",
                        "run.devices=auto",
                        "run.threads=1",
                        "run.checkpoint.steps=1",
                        "run.checkpoint.keep_last=8",
                        "run.tracking.uri=none",
                        "run.peak_tflops=0.1",
                        "run.samples.count=0");
        TrainConfig config =
                TrainConfig.load(Path.of("train_configs/quickstart_stage1.yaml"), options);
        try (TrainRun run = TrainRun.open(config, resume, (key, bytes) -> {})) {
            String notices = String.join("\n", run.notices());
            assertEquals(step > 0, notices.contains("after step " + step), notices);
            run.train(List.of(), warning -> {}, () -> false);
        }
    }

    private static byte[] state(RunFolder run, int step) {
        try {
            return Files.readAllBytes(run.checkpoint(step).resolve("state.safetensors"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<JsonObject> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
