package org.minigpt4j.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Resources;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Against transformers, see docs/peers/byte_tokenizers.py. */
class ByteLevelTokenizerTest {

    @TempDir Path temp;

    private static Path folder(String kind) {
        return Resources.path("org/minigpt4j/text/" + kind);
    }

    private static JsonObject golden(String kind) throws IOException {
        String text = Files.readString(folder(kind).resolve("golden.json"));
        return JsonParser.parseString(text).getAsJsonObject();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen25"})
    void givesTheIdsAndTextsOfTransformers(String kind) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(folder(kind))) {
            for (JsonElement element : golden(kind).getAsJsonArray("texts")) {
                JsonObject one = element.getAsJsonObject();
                String text = one.get("text").getAsString();
                int[] ids = ids(one, "ids");
                assertArrayEquals(ids, tokenizer.encode(text), text);
                assertEquals(one.get("decoded").getAsString(), tokenizer.decode(ids), text);
                TextBatch prompt =
                        SequenceLayout.of(tokenizer, 1, "")
                                .prompt(tokenizer.encode(text), new int[0]);
                int[] opened = ids(one, "with_bos");
                assertArrayEquals(
                        IntStream.of(opened).asLongStream().toArray(), prompt.prefix(), text);
            }
        }
    }

    private static int[] ids(JsonObject one, String name) {
        return one.getAsJsonArray(name).asList().stream().mapToInt(JsonElement::getAsInt).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen25"})
    void knowsItsRolesAndSize(String kind) throws IOException {
        JsonObject roles = golden(kind).getAsJsonObject("roles");
        try (Tokenizer tokenizer = Tokenizer.open(folder(kind))) {
            assertEquals(roles.get("bos").getAsInt(), tokenizer.bosId());
            assertEquals(roles.get("eos").getAsInt(), tokenizer.eosId());
            assertEquals(roles.get("size").getAsInt(), tokenizer.vocabSize());
            assertEquals(Tokenizer.NONE, tokenizer.unkId());
        }
    }

    @Test
    void aCaptionsEndIsLearnedThoughItIsTheEndOfSequence() {
        try (Tokenizer tokenizer = Tokenizer.open(folder("qwen25"))) {
            SequenceLayout layout = SequenceLayout.of(tokenizer, 2, "<|im_end|>");
            int[] caption = tokenizer.encode("a ring<|im_end|>");
            TextBatch batch =
                    layout.batch(new int[0], new int[0], List.of(caption, new int[] {64}));
            assertEquals(0, batch.prefix().length);
            assertEquals(caption.length + 1, batch.labels().length);
            assertEquals(tokenizer.eosId(), batch.labels()[caption.length - 1]);
            // The picture's last place, which is the second, predicts the first token.
            assertEquals(1, batch.rows()[0]);
        }
    }

    @Test
    void theModelFileBesideItIsNotMistakenForSentencePiece() throws IOException {
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(folder("llama3").resolve(name), temp.resolve(name));
        }
        Files.writeString(temp.resolve("tokenizer.model"), "IQ== 0\nIg== 1\n");
        try (Tokenizer tokenizer = Tokenizer.open(temp)) {
            assertTrue(tokenizer.endsTurnsByToken());
        }
    }

    @Test
    void aFolderThatDoesNotSayHowTextsEndIsRefused() throws IOException {
        Files.copy(folder("llama3").resolve("tokenizer.json"), temp.resolve("tokenizer.json"));
        String message =
                assertThrows(UsageException.class, () -> Tokenizer.open(temp)).getMessage();
        assertTrue(message.contains("eos_token"), message);
        Files.writeString(temp.resolve("tokenizer_config.json"), "{\"eos_token\": \"<end>\"}");
        message = assertThrows(UsageException.class, () -> Tokenizer.open(temp)).getMessage();
        assertTrue(message.contains("<end>"), message);
    }
}
