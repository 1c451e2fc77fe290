package org.minigpt4j.model;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;

/** A language model's sizes, and the list of weights that they ask for. */
class ConfigJsonFuzzTest extends FuzzedReader {

    ConfigJsonFuzzTest() {
        super("config.json");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            Files.write(folder.resolve("config.json"), bytes);
            RandomWeights.tensors(new Llama(LlamaDims.read(folder), false, null));
        };
    }

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                Preset.NANO.llama().toJson().toString().getBytes(StandardCharsets.UTF_8),
                """
                {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 2,
                 "num_hidden_layers": 2, "intermediate_size": 96, "vocab_size": 100,
                 "num_key_value_heads": 2, "rope_scaling": null, "rms_norm_eps": 1e-05,
                 "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}}
                """
                        .getBytes(StandardCharsets.UTF_8));
    }
}
