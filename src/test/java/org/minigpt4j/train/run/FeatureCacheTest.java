package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.OnDevice;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Stage 2 on a small model, with and without kept features. */
public class FeatureCacheTest extends OnDevice {

    private static final int SCENES = 8;

    @TempDir Path folder;

    @Test
    void keptFeaturesGiveTheSameLosses() throws Exception {
        SceneAlignFolder.write(new SceneWorld(0, 128), folder.resolve("align"), 0, SCENES);
        TrainedModel.writeTo(folder.resolve("weights"));
        Path store = folder.resolve("features");

        List<Double> without = train("without");
        String cache = "run.cache_features=" + store;
        List<Double> filling = train("filling", cache);
        List<Double> filled = train("filled", cache);

        assertEquals(filling, filled, "what was just computed is used as it is kept");
        for (int i = 0; i < without.size(); i++) {
            assertEquals(without.get(i), filled.get(i), 2e-3 * without.get(i), "step " + i);
        }
        long bytes = size(store);
        train("again", cache);
        assertEquals(bytes, size(store), "nothing is computed twice");

        String crop =
                "datasets.scenes_align.vis_processor.train.image_transform=random_resized_crop";
        UsageException error = assertThrows(UsageException.class, () -> train("crop", cache, crop));
        assertTrue(
                error.getMessage().contains("image_transform of every data set to resize"),
                error.getMessage());

        Path others = folder.resolve("others");
        new RandomModel(Preset.NANO, 1).write(others);
        String vit = "model.vit_weights=" + RandomModel.vit(others);
        error = assertThrows(UsageException.class, () -> train("other", cache, vit));
        assertTrue(error.getMessage().contains("other weights"), error.getMessage());
    }

    private List<Double> train(String name, String... more) throws Exception {
        Path weights = folder.resolve("weights");
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "run.output_dir=" + folder.resolve(name),
                                "run.max_epoch=1",
                                "run.iters_per_epoch=4",
                                "run.batch_size_train=2",
                                "run.device=" + where.kind(),
                                "run.devices=auto",
                                "run.micro_batches=null",
                                "run.precision=fp32",
                                "model.ckpt=null",
                                "model.vit_weights=" + RandomModel.vit(weights),
                                "model.q_former_model=" + RandomModel.qformer(weights),
                                "model.llama_model=" + RandomModel.llama(weights),
                                "datasets.scenes_align.build_info.storage="
                                        + folder.resolve("align")));
        options.add("datasets.scenes_align.vis_processor.train.image_transform=resize");
        options.addAll(List.of(more));
        TrainConfig config =
                TrainConfig.load(Path.of("train_configs/quickstart_stage2.yaml"), options);
        try (TrainRun run = TrainRun.open(config, Resume.NEVER, (key, bytes) -> {})) {
            run.train(List.of(), notice -> {}, () -> false);
        }
        List<Double> losses = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name).resolve("metrics.jsonl"))) {
            losses.add(JsonParser.parseString(line).getAsJsonObject().get("loss").getAsDouble());
        }
        assertEquals(4, losses.size());
        return losses;
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }
}
