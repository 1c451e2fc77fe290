package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.NamedCheckpoint;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Whole runs with {@code model.freeze_qformer: False}, and what is done with them afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TunedQFormerTest {

    private static final Path SHARDS = Resources.path("org/minigpt4j/train/run/before/shards");
    private static final int STEPS = 4;
    private static final String TUNED = "model.freeze_qformer=False";

    private Path temp;
    private RunFolder tuned;

    @BeforeAll
    void train(@TempDir Path folder) throws Exception {
        temp = folder;
        new RandomModel(Preset.NANO, 0).write(temp.resolve("weights"));
        tuned = run("tuned", Resume.AUTO, STEPS, TUNED);
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBytesOnTwoReplicas() throws Exception {
        run("stopped", Resume.AUTO, 2, TUNED);
        RunFolder resumed = run("stopped", Resume.AUTO, STEPS, TUNED, "run.devices=cpu x 2");
        assertArrayEquals(bytes(tuned), bytes(resumed));
    }

    @Test
    void upstreamsFileHoldsTheSameStateAndGoesOn() {
        Path pth = temp.resolve("checkpoint_0.pth");
        UpstreamCheckpoint.export(tuned.root(), pth);
        TrainState state = state(tuned);
        TrainState read = NamedCheckpoint.read(pth, "setting", STEPS, 2, all());
        assertEquals(state.trainable().set(), read.trainable().set());
        assertArrayEquals(state.trainable().values(), read.trainable().values());
        assertArrayEquals(state.firstMoment().values(), read.firstMoment().values());
        assertArrayEquals(state.secondMoment().values(), read.secondMoment().values());
        MiniGpt4Pth file = MiniGpt4Pth.read(pth);
        assertEquals(
                List.copyOf(file.model().keySet()),
                List.copyOf(file.optimizer().orElseThrow().slots().keySet()));
        assertEquals("query_tokens", file.model().keySet().iterator().next());
        double decay = file.optimizer().get().slots().get("query_tokens").group().weightDecay();
        assertEquals(0.05, decay, "as upstream, which sees three axes and no bias");
    }

    @Test
    void aLaterStageFreezesTheTunedQFormerAndCarriesItAlong() throws Exception {
        String ckpt = "model.ckpt=" + tuned.root();
        RunFolder next = run("next", Resume.AUTO, 2, ckpt);
        TrainState carried = state(next);
        assertEquals(2, carried.trainable().set().tensors().size());
        TrainState source = state(tuned);
        for (var tensor : carried.carried().set().tensors()) {
            assertArrayEquals(
                    source.trainable().floats(tensor.name()),
                    carried.carried().floats(tensor.name()),
                    tensor.name());
        }
        assertEquals(all(), carried.carried().set().then(carried.trainable().set()));
        RunFolder resumed = run("next", Resume.AUTO, STEPS, ckpt);
        assertArrayEquals(bytes(run("whole", Resume.AUTO, STEPS, ckpt)), bytes(resumed));
        try (ChatModel carrying = chat(next.root());
                ChatModel tuning = chat(tuned.root())) {
            byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
            assertArrayEquals(
                    tuning.see(jpeg).features(), carrying.see(jpeg).features(), "the same eyes");
        }
    }

    @Test
    void chatSeesWithTheTunedQFormerOfAFolderAndOfAPth() {
        Path pth = temp.resolve("chat.pth");
        UpstreamCheckpoint.export(tuned.root(), pth);
        byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
        try (ChatModel folder = chat(tuned.root());
                ChatModel file = chat(pth);
                ChatModel plain =
                        folder.with(state(tuned).trainable().only(files().trainable(false)))) {
            float[] seen = folder.see(jpeg).features();
            assertArrayEquals(seen, file.see(jpeg).features());
            assertFalse(Arrays.equals(seen, plain.see(jpeg).features()), "it was trained");
            assertEquals(folder.eyes(), file.eyes());
            assertEquals("", plain.eyes());
        }
    }

    @Test
    void aRunCannotChangeWhatLearns() {
        String message =
                assertThrows(UsageException.class, () -> run("tuned", Resume.FORCE, STEPS))
                        .getMessage();
        assertTrue(message.contains("model.freeze_qformer: True"), message);
        assertTrue(message.contains("in which the Q-Former was trained"), message);
        assertTrue(message.contains("model.ckpt"), message);
        String resume = "run.resume_ckpt_path=" + tuned.root();
        assertThrows(UsageException.class, () -> run("other", Resume.AUTO, STEPS, resume));
    }

    private RunFolder run(String name, Resume resume, int steps, String... more) throws Exception {
        RunFolder folder = new RunFolder(temp.resolve(name));
        List<String> options = new ArrayList<>(model());
        options.addAll(
                List.of(
                        "datasets.scenes.build_info.storage=" + SHARDS,
                        "run.output_dir=" + folder.root(),
                        "run.weight_decay=0.05",
                        "run.max_epoch=1",
                        "run.iters_per_epoch=" + STEPS,
                        "run.batch_size_train=2",
                        "run.micro_batches=2",
                        "run.devices=auto",
                        "run.threads=1",
                        "run.checkpoint.steps=1",
                        "run.tracking.uri=none",
                        "run.peak_tflops=0.1",
                        "run.samples.count=0"));
        options.addAll(List.of(more));
        TrainConfig config =
                TrainConfig.load(Path.of("train_configs/quickstart_stage1.yaml"), options);
        try (TrainRun run = TrainRun.open(config, resume, (key, bytes) -> {})) {
            AtomicInteger asked = new AtomicInteger();
            int begun = state(folder) == null ? 0 : state(folder).step();
            run.train(List.of(), warning -> {}, () -> begun + asked.getAndIncrement() >= steps);
        }
        return folder;
    }

    private List<String> model() {
        Path weights = temp.resolve("weights");
        return List.of(
                "model.num_query_token=" + Preset.NANO.qformer().queries(),
                "model.llama_model=" + RandomModel.llama(weights),
                "model.q_former_model=" + RandomModel.qformer(weights),
                "model.vit_weights=" + RandomModel.vit(weights));
    }

    private ModelFiles files() {
        return new ModelFiles(eval(tuned.root()).model(), key -> key);
    }

    private TrainableSet all() {
        return files().trainable(true);
    }

    private ChatModel chat(Path ckpt) {
        return ChatModel.open(eval(ckpt), (key, bytes) -> {});
    }

    private EvalConfig eval(Path ckpt) {
        List<String> options = new ArrayList<>(model());
        options.add("model.ckpt=" + ckpt);
        return EvalConfig.load(Path.of("eval_configs", "quickstart_eval.yaml"), options);
    }

    private static TrainState state(RunFolder run) {
        return run.newest().map(folder -> Checkpoint.read(folder).state()).orElse(null);
    }

    private static byte[] bytes(RunFolder run) throws IOException {
        return Files.readAllBytes(run.newest().orElseThrow().resolve(Checkpoint.TENSORS));
    }
}
