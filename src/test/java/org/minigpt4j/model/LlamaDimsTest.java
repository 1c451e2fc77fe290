package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "num_key_value_heads",
                "rms_norm_eps",
                "max_position_embeddings",
                "rope_scaling",
                "rope_theta",
                "hidden_act",
                "head_dim",
                "attention_bias",
                "model_type"
            })
    void nullIsAsIfTheKeyWereNotThere(String key) throws IOException {
        assertEquals(Preset.NANO.llama(), read(with("{'%s': null}".formatted(key))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "hidden_size|null|null",
                "hidden_size|96.5|96.5",
                "hidden_size|0|0",
                "hidden_size|-128|-128",
                "hidden_size|2e9|2e9",
                "hidden_size|'128'|the text \"128\"",
                "num_hidden_layers|0|0",
                "num_hidden_layers|2000000000|2000000000",
                "num_attention_heads|0|0",
                "num_attention_heads|[4]|a list of 1",
                "num_key_value_heads|0|0",
                "num_key_value_heads|'x'|the text \"x\"",
                "intermediate_size|1e300|1e300",
                "vocab_size|true|true",
                "vocab_size|99999999999999999999|99999999999999999999",
                "rms_norm_eps|-1e-6|-1e-6",
                "rms_norm_eps|'NaN'|the text \"NaN\"",
                "rms_norm_eps|{}|an object",
                "max_position_embeddings|0|0",
                "hidden_act|['silu']|a list of 1",
                "model_type|7|7",
                "rope_theta|'x'|the text \"x\"",
                "rope_scaling|3|3",
                "rope_parameters|[]|a list of 0",
                "attention_bias|'no'|the text \"no\"",
                "head_dim|{'a': 1}|an object"
            })
    void everyFieldIsTypedAndBounded(String key, String value, String found) {
        String json = value.replace('\'', '"');
        String message =
                assertThrows(
                                UsageException.class,
                                () -> read(with("{\"%s\": %s}".formatted(key, json))))
                        .getMessage();
        String start = "%s: %s is ".formatted(folder.resolve("config.json"), key);
        assertTrue(message.startsWith(start + found + ","), message);
        assertTrue(message.contains("but must be"), message);
    }

    @Test
    void aNotANumberInTheFileIsShownWithItsKey() throws IOException {
        String nan = Preset.NANO.llama().toJson().toString().replaceAll("(eps\":)[^,]*", "$1NaN");
        Files.writeString(folder.resolve("config.json"), nan);
        String message =
                assertThrows(UsageException.class, () -> LlamaDims.read(folder)).getMessage();
        assertTrue(message.contains("(rms_norm_eps)") && message.contains("NaN"), message);
    }

    @Test
    void anotherFamilyOfModelsIsRefusedByName() {
        String message =
                assertThrows(UsageException.class, () -> read(with("{'model_type': 'qwen2'}")))
                        .getMessage();
        assertTrue(message.contains("model_type is the text \"qwen2\""), message);
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
