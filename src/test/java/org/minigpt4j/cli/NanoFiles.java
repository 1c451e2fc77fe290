package org.minigpt4j.cli;

import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small world in a folder: scenes, frozen parts, and the options that train on them. */
public record NanoFiles(Path root) {

    private static final Path CONFIG = Path.of("train_configs", "quickstart_stage1.yaml");

    public static NanoFiles make(Path root, int scenes) throws IOException {
        SceneShards.write(new SceneWorld(0, 128), root.resolve("shards"), 0, scenes);
        TrainedModel.writeTo(root.resolve("weights"));
        return new NanoFiles(root);
    }

    /** Arguments of {@code train} into a folder of this one, with options on top. */
    public List<String> train(String output, Map<String, String> more) {
        Path weights = root.resolve("weights");
        Map<String, String> options = new TreeMap<>();
        options.put("model.llama_model", RandomModel.llama(weights).toString());
        options.put("model.q_former_model", RandomModel.qformer(weights).toString());
        options.put("model.vit_weights", RandomModel.vit(weights).toString());
        options.put("datasets.scenes.build_info.storage", root.resolve("shards").toString());
        options.put("run.output_dir", root.resolve(output).toString());
        options.put("run.devices", "auto"); // one replica, where the file has two
        options.put("run.micro_batches", "null");
        options.put("run.threads", "0");
        options.put("run.peak_tflops", "0.1"); // need not be measured
        options.putAll(more);
        List<String> arguments =
                new ArrayList<>(List.of("train", "--cfg-path", CONFIG.toString(), "--options"));
        options.forEach((key, value) -> arguments.add(key + "=" + value));
        return arguments;
    }
}
