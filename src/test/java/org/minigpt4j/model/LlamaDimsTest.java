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

    /** As the folders' files state them; transformers 4 and 5 write them differently. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "{'num_key_value_heads': 2, 'rope_theta': 500000.0}|2|32|500000.0|2048|DEFAULT",
                "{'rope_parameters': {'rope_theta': 5e5, 'rope_type':"
                        + " 'default'}}|4|32|5e5|2048|DEFAULT",
                "{'head_dim': 48}|4|48|1e4|2048|DEFAULT",
                "{'rope_scaling': {'type': 'linear', 'factor': 4.0}}|4|32|1e4|8192|LINEAR",
                "{'model_type': 'mistral', 'num_key_value_heads': 2, 'sliding_window':"
                        + " 128}|2|32|1e4|128|DEFAULT",
                "{'model_type': 'mistral', 'num_key_value_heads': 2, 'sliding_window':"
                        + " null}|2|32|1e4|2048|DEFAULT",
                "{'model_type': 'qwen2', 'num_key_value_heads': 1, 'sliding_window':"
                        + " 128}|1|32|1e4|2048|DEFAULT",
                "{'model_type': 'qwen2', 'num_key_value_heads': 1, 'sliding_window': 128,"
                        + " 'use_sliding_window': true}|1|32|1e4|128|DEFAULT",
            })
    void takesLaterModels(
            String more, int groups, int headDim, double theta, int positions, String scaling)
            throws IOException {
        LlamaDims dims = read(with(more));
        assertEquals(groups, dims.keyValueHeads());
        assertEquals(headDim, dims.headDim());
        assertEquals(theta, dims.ropeTheta());
        assertEquals(positions, dims.maxPositions());
        assertEquals(scaling, dims.ropeScaling().kind().name());
        assertEquals(more.contains("qwen2"), dims.qkvBias());
        assertEquals(dims, read(dims.toJson()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'rope_scaling': {'type': 'dynamic', 'factor': 2.0}}",
                "{'rope_scaling': {'rope_type': 'yarn', 'factor': 2.0}}",
                "{'rope_parameters': {'rope_theta': 500000.0, 'rope_type': 'longrope'}}",
                "{'rope_parameters': {'rope_type': 'llama3', 'factor': 8.0}}",
                "{'hidden_act': 'gelu'}",
                "{'attention_bias': true}",
                "{'quantization_config': {'bits': 4, 'quant_method': 'gptq'}}",
                "{'mlp_bias': true}",
                "{'num_key_value_heads': 3}",
                "{'head_dim': 33}",
            })
    void refusesWhatWouldComputeSomethingElse(String more) {
        String message = assertThrows(UsageException.class, () -> read(with(more))).getMessage();
        String key = JsonParser.parseString(more).getAsJsonObject().keySet().iterator().next();
        String shown = key.equals("rope_parameters") ? key + "." : key;
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
                assertThrows(UsageException.class, () -> read(with("{'model_type': 'qwen3'}")))
                        .getMessage();
        assertTrue(message.contains("model_type is the text \"qwen3\""), message);
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
