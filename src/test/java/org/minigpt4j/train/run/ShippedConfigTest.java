package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.TrainConfig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class ShippedConfigTest {

    private static final Path FILE = Path.of("train_configs/quickstart_stage1.yaml");

    @Test
    void relativePathsAreThoseOfTheFolderInWhichItWasRead() {
        String storage = "datasets.scenes.build_info.storage=";
        List<String> options =
                new ArrayList<>(
                        List.of(
                                storage + "[\"a b='c'/{0..3}.tar\", \"hdfs://host/x\"]",
                                "model.llama_model=/there/llama",
                                "run.cache_features=features"));
        TrainConfig here = TrainConfig.plan(FILE, options).config();
        options.addAll(ShippedConfig.of(FILE, options, here).options());
        TrainConfig shipped = TrainConfig.plan(FILE, options).config();

        String folder = Path.of("").toAbsolutePath().toString();
        assertEquals(
                List.of(folder + "/a b='c'/{0..3}.tar", "hdfs://host/x"),
                shipped.datasets().get("scenes").buildInfo().storage());
        assertEquals(Path.of(folder, "features"), shipped.run().cacheFeatures().orElseThrow());
        ModelConfig model = shipped.model();
        assertEquals(Path.of("/there/llama"), model.llamaModel());
        assertTrue(
                model.vitWeights().isAbsolute() && model.qFormerModel().orElseThrow().isAbsolute());
        assertEquals(List.of(), shipped.absolutePaths(), "all are absolute");
    }
}
