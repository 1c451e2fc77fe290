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
import org.minigpt4j.nano.RandomModel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Whole runs with {@code model.proj_layers: 3}, and what is done with them afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProjectionLayersTest {

    private static final Path SHARDS = Resources.path("org/minigpt4j/train/run/before/shards");
    private static final int STEPS = 4;
    private static final String THREE = "model.proj_layers=3";

    private Path temp;
    private RunFolder three;

    @BeforeAll
    void train(@TempDir Path folder) throws Exception {
        temp = folder;
        new RandomModel(Preset.NANO, 0).write(temp.resolve("weights"));
        three = run("three", STEPS, THREE);
    }

    @Test
    void everyLayerLearns() throws Exception {
        TrainState begun = state(run("begun", 1, THREE));
        TrainState ended = state(three);
        assertEquals(6, ended.trainable().set().tensors().size());
        for (var tensor : ended.trainable().set().tensors()) {
            assertFalse(
                    Arrays.equals(
                            begun.trainable().floats(tensor.name()),
                            ended.trainable().floats(tensor.name())),
                    tensor.name());
        }
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBytesOnTwoReplicas() throws Exception {
        run("stopped", 2, THREE);
        RunFolder resumed = run("stopped", STEPS, THREE, "run.devices=cpu x 2");
        assertArrayEquals(bytes(three), bytes(resumed));
    }

    @Test
    void aPthHoldsTheSameStateAndGoesOn() {
        Path pth = temp.resolve("checkpoint_0.pth");
        UpstreamCheckpoint.export(three.root(), pth);
        TrainState state = state(three);
        TrainState read = NamedCheckpoint.read(pth, "setting", STEPS, 2, files().trainable(true));
        assertEquals(state.trainable().set(), read.trainable().set());
        assertArrayEquals(state.trainable().values(), read.trainable().values());
        assertArrayEquals(state.firstMoment().values(), read.firstMoment().values());
        assertArrayEquals(state.secondMoment().values(), read.secondMoment().values());
    }

    @Test
    void aLaterStageStartsFromIt() throws Exception {
        String rate = "=1e-12";
        RunFolder next =
                run(
                        "next",
                        1,
                        THREE,
                        "model.ckpt=" + three.root(),
                        "run.init_lr" + rate,
                        "run.min_lr" + rate,
                        "run.warmup_lr" + rate);
        assertEquals(state(three).trainable().set(), state(next).trainable().set());
        assertArrayEquals(
                state(three).trainable().values(), state(next).trainable().values(), 1e-6f);
    }

    @Test
    void chatProjectsWithAllLayersOfAFolderAndOfAPth() {
        Path pth = temp.resolve("chat.pth");
        UpstreamCheckpoint.export(three.root(), pth);
        try (ChatModel folder = chat(three.root());
                ChatModel file = chat(pth)) {
            assertEquals(folder.eyes(), file.eyes());
        }
    }

    @Test
    void anotherNumberOfLayersIsNamed() throws Exception {
        RunFolder one = run("one", 1);
        String several = assertRefused("model.ckpt=" + three.root());
        assertTrue(several.contains("has 3 layers, but model.proj_layers is 1"), several);
        String single = assertRefused(THREE, "model.ckpt=" + one.root());
        assertTrue(single.contains("one layer, but model.proj_layers is 3"), single);
        Path pth = temp.resolve("one.pth");
        UpstreamCheckpoint.export(one.root(), pth);
        String file = assertRefused(THREE, "model.ckpt=" + pth);
        assertTrue(file.contains("one.pth: its projection has one layer"), file);
        String resumed = assertRefused("run.resume_ckpt_path=" + three.root());
        assertTrue(resumed.contains("has 3 layers, but model.proj_layers is 1"), resumed);
    }

    private String assertRefused(String... options) {
        return assertThrows(UsageException.class, () -> run("refused", 1, options)).getMessage();
    }

    private RunFolder run(String name, int steps, String... more) throws Exception {
        RunFolder folder = new RunFolder(temp.resolve(name));
        List<String> options = new ArrayList<>(model());
        options.addAll(
                List.of(
                        "datasets.scenes.build_info.storage=" + SHARDS,
                        "run.output_dir=" + folder.root(),
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
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
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
        return new ModelFiles(eval(three.root()).model(), key -> key);
    }

    private ChatModel chat(Path ckpt) {
        return ChatModel.open(eval(ckpt), (key, bytes) -> {});
    }

    private EvalConfig eval(Path ckpt) {
        List<String> options = new ArrayList<>(model());
        options.add(THREE);
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
