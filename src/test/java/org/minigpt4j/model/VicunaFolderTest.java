package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.weights.Conversion;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Folders of Vicuna as people have them, with leftovers of earlier downloads and merges. */
class VicunaFolderTest {

    private static final LlamaDims V0 = new LlamaDims(32, 2, 4, 48, 513, 1e-6, 2048);

    @TempDir Path folder;

    @BeforeEach
    void oldConfig() throws IOException {
        JsonObject json = V0.toJson();
        json.remove("max_position_embeddings");
        json.addProperty("max_sequence_length", 2048);
        json.addProperty("pad_token_id", -1);
        json.addProperty("_name_or_path", "/home/someone/vicuna");
        Files.writeString(folder.resolve("config.json"), json.toString());
    }

    private static List<TensorInfo> tensors(LlamaDims dims) {
        return RandomWeights.tensors(new Llama(dims, false, null));
    }

    private void safetensors(String name, LlamaDims dims) {
        var tensors = tensors(dims);
        try (var writer = SafetensorsWriter.create(folder.resolve(name), tensors, Map.of())) {
            new RandomWeights(1).write(tensors, writer::write);
            writer.commit();
        }
    }

    private List<String> faults() {
        try (TensorSource source = TensorSource.open(folder)) {
            return WeightLoader.check(
                    new Llama(LlamaDims.read(folder), false, null), source, "model.llama_model");
        }
    }

    @Test
    void anOldConfigWithoutPositionsHasThoseOfLlama() {
        assertEquals(V0, LlamaDims.read(folder));
    }

    @Test
    void safetensorsComeBeforeTheBinOfAnEarlierDownload() throws IOException {
        safetensors("model.safetensors", V0);
        Files.writeString(
                folder.resolve("pytorch_model.bin.index.json"),
                "{\"weight_map\": {\"a\": \"pytorch_model-00001-of-00002.bin\"}}");
        assertEquals(List.of(), faults());
    }

    @Test
    void binIsReadWhereTheSafetensorsShardsHaveNoIndex() {
        safetensors("model-00001-of-00002.safetensors", V0);
        Path once = folder.resolve("model-00001-of-00002.safetensors");
        new Conversion(once, folder.resolve("pytorch_model.bin"), Optional.empty()).run(t -> {});
        assertEquals(List.of(), faults());
    }

    @Test
    void shardsWithoutTheirIndexAreNamed() {
        safetensors("model-00001-of-00002.safetensors", V0);
        String message = assertThrows(UsageException.class, this::faults).getMessage();
        assertTrue(message.contains("model-00001-of-00002.safetensors"), message);
        assertTrue(message.contains("index"), message);
    }

    @Test
    void anAdapterIsNotTheModel() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        Files.writeString(folder.resolve("adapter_model.bin"), "x");
        String message = assertThrows(UsageException.class, this::faults).getMessage();
        assertTrue(message.contains("LoRA"), message);
    }

    @Test
    void aPadRowMoreThanTheConfigSaysIsRefusedByName() throws IOException {
        safetensors("model.safetensors", V0);
        LlamaDims base = new LlamaDims(32, 2, 4, 48, 512, 1e-6, 2048);
        Files.writeString(folder.resolve("config.json"), base.toJson().toString());
        String message = String.join("\n", faults());
        assertTrue(message.contains("model.embed_tokens.weight is (513, 32)"), message);
        assertTrue(message.contains("asks for (512, 32)"), message);
    }
}
