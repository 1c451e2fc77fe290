package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class LlamaDimsTest {

    @TempDir Path folder;

    @Test
    void readsWhatItWrites() throws IOException {
        LlamaDims dims = Preset.LLAMA_13B.llama();
        assertEquals(dims, read(dims.toJson()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'rope_theta': 10000.0}",
                "{'rope_scaling': null, 'head_dim': 32, 'attention_bias': false}",
                "{'rope_parameters': {'rope_theta': 10000.0, 'rope_type': 'default'}}",
            })
    void takesWhatLaterVersionsWriteForTheSameModel(String more) throws IOException {
        assertEquals(Preset.NANO.llama(), read(with(more)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'rope_theta': 500000.0}",
                "{'rope_scaling': {'type': 'linear', 'factor': 2.0}}",
                "{'rope_parameters': {'rope_theta': 500000.0, 'rope_type': 'llama3'}}",
                "{'head_dim': 64}",
                "{'hidden_act': 'gelu'}",
                "{'attention_bias': true}",
                "{'tie_word_embeddings': true}",
                "{'num_key_value_heads': 2}",
            })
    void refusesWhatWouldComputeSomethingElse(String more) {
        String message = assertThrows(UsageException.class, () -> read(with(more))).getMessage();
        String key = JsonParser.parseString(more).getAsJsonObject().keySet().iterator().next();
        String shown = key.equals("rope_parameters") ? "rope_theta" : key;
        assertTrue(message.contains(shown), message);
        assertTrue(message.startsWith(folder.resolve("config.json").toString()), message);
    }

    private static JsonObject with(String more) {
        JsonObject json = Preset.NANO.llama().toJson();
        JsonParser.parseString(more)
                .getAsJsonObject()
                .entrySet()
                .forEach(e -> json.add(e.getKey(), e.getValue()));
        return json;
    }

    private LlamaDims read(JsonObject json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json.toString());
        return LlamaDims.read(folder);
    }
}
