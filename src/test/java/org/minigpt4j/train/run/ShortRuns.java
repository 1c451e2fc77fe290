package org.minigpt4j.train.run;

import org.minigpt4j.Resources;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Short runs of a small random model in a folder, each under its name. */
record ShortRuns(Path folder) {

    /** Steps in the only epoch. */
    static final int STEPS = 4;

    private static final Path SHARDS = Resources.path("org/minigpt4j/train/run/before/shards");

    /** Writes the weights. */
    static ShortRuns in(Path folder) throws IOException {
        new RandomModel(Preset.NANO, 0).write(folder.resolve("weights"));
        return new ShortRuns(folder);
    }

    /** Trains up to so many steps; goes on with a run of this name. */
    RunFolder run(String name, int steps, String... more) throws Exception {
        return run(name, Resume.AUTO, steps, more);
    }

    RunFolder run(String name, Resume resume, int steps, String... more) throws Exception {
        RunFolder run = new RunFolder(folder.resolve(name));
        List<String> options = new ArrayList<>(model());
        options.addAll(
                List.of(
                        "datasets.scenes.build_info.storage=" + SHARDS,
                        "run.output_dir=" + run.root(),
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
        try (TrainRun train = TrainRun.open(config, resume, (key, bytes) -> {})) {
            AtomicInteger asked = new AtomicInteger();
            int begun = state(run) == null ? 0 : state(run).step();
            train.train(List.of(), warning -> {}, () -> begun + asked.getAndIncrement() >= steps);
        }
        return run;
    }

    private List<String> model() {
        Path weights = folder.resolve("weights");
        return List.of(
                "model.num_query_token=" + Preset.NANO.qformer().queries(),
                "model.llama_model=" + RandomModel.llama(weights),
                "model.q_former_model=" + RandomModel.qformer(weights),
                "model.vit_weights=" + RandomModel.vit(weights));
    }

    /** The evaluation file for a checkpoint. */
    EvalConfig eval(Path ckpt, String... more) {
        List<String> options = new ArrayList<>(model());
        options.addAll(List.of(more));
        options.add("model.ckpt=" + ckpt);
        return EvalConfig.load(Path.of("eval_configs", "quickstart_eval.yaml"), options);
    }

    ModelFiles files(Path ckpt, String... more) {
        return new ModelFiles(eval(ckpt, more).model(), key -> key);
    }

    ChatModel chat(Path ckpt, String... more) {
        return ChatModel.open(eval(ckpt, more), (key, bytes) -> {});
    }

    /** The newest state of a run; null before its first step. */
    static TrainState state(RunFolder run) {
        return run.newest().map(folder -> Checkpoint.read(folder).state()).orElse(null);
    }

    /** The trained tensors of the newest checkpoint. */
    static byte[] bytes(RunFolder run) throws IOException {
        return Files.readAllBytes(run.newest().orElseThrow().resolve(Checkpoint.TENSORS));
    }
}
