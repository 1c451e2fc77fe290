package org.minigpt4j.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class TokenizerTest {

    /** One folder holds the same vocabulary in one of its two formats. */
    enum Format {
        MODEL("tokenizer.model"),
        JSON("tokenizer.json");

        final String file;

        Format(String file) {
            this.file = file;
        }
    }

    @TempDir Path folder;

    private Tokenizer open(Format format) throws IOException {
        Files.write(folder.resolve(format.file), resource("/org/minigpt4j/nano/" + format.file));
        return Tokenizer.open(folder);
    }

    @ParameterizedTest
    @EnumSource
    void encodesAsSentencePieceDoes(Format format) throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            for (JsonElement vector : vectors().getAsJsonArray("encode")) {
                String text = vector.getAsJsonObject().get("text").getAsString();
                assertArrayEquals(ids(vector), tokenizer.encode(text), () -> "of '" + text + "'");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void decodesAsSentencePieceDoesEvenBrokenBytes(Format format) throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            for (JsonElement vector : vectors().getAsJsonArray("decode")) {
                assertEquals(
                        vector.getAsJsonObject().get("text").getAsString(),
                        tokenizer.decode(ids(vector)),
                        () -> "of " + Arrays.toString(ids(vector)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void knowsLlamasSpecialIdsAndItsOwnSize(Format format) throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            assertEquals(0, tokenizer.unkId());
            assertEquals(1, tokenizer.bosId());
            assertEquals(2, tokenizer.eosId());
            assertEquals(512, tokenizer.vocabSize());
        }
    }

    @ParameterizedTest
    @EnumSource
    void specialTokensInTextBecomeTheirIdsAndEachRunGetsItsOwnPrefix(Format format)
            throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            assertArrayEquals(
                    concat(tokenizer.encode("red"), new int[] {2}, tokenizer.encode("ring")),
                    tokenizer.encode("red</s>ring"));
            // LLaMA's specials keep the spaces around them.
            assertArrayEquals(
                    concat(
                            new int[] {1},
                            tokenizer.encode(" red "),
                            new int[] {0},
                            tokenizer.encode(" ")),
                    tokenizer.encode("<s> red <unk> "));
            assertArrayEquals(new int[] {2, 2}, tokenizer.encode("</s></s>"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void decodingSpellsSpecialTokensOutWithTheReferencesSpaces(Format format) throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            int[] red = tokenizer.encode("red ring");
            assertEquals(" red ring</s>", tokenizer.decode(concat(red, new int[] {2})));
            assertEquals("<s>red ring", tokenizer.decode(concat(new int[] {1}, red)));
            assertEquals(
                    "<s><unk> red ring</s>red ring",
                    tokenizer.decode(concat(new int[] {1, 0}, red, new int[] {2}, red)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void addedTokensHaveTheirIdsAndTakeTheSpacesAroundThem(Format format) throws IOException {
        Files.writeString(folder.resolve("added_tokens.json"), "{\"[PAD]\": 512}");
        try (Tokenizer tokenizer = open(format)) {
            assertEquals(513, tokenizer.vocabSize());
            int[] expected =
                    concat(tokenizer.encode("red"), new int[] {512}, tokenizer.encode("ring"));
            assertArrayEquals(expected, tokenizer.encode("red [PAD] ring"));
            assertEquals("red [PAD] ring", tokenizer.decode(expected));
        }
    }

    /** Later transformers write them there, and each says which spaces it takes. */
    @ParameterizedTest
    @EnumSource
    void addedTokensOfALaterTokenizerConfigAreKnown(Format format) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"added_tokens_decoder\": {\"0\": {\"content\": \"<unk>\"}, \"512\":"
                        + " {\"content\": \"<pad>\", \"lstrip\": true, \"rstrip\": false}},"
                        + " \"pad_token\": \"<pad>\", \"tokenizer_class\": \"LLaMATokenizer\"}");
        try (Tokenizer tokenizer = open(format)) {
            assertEquals(513, tokenizer.vocabSize());
            assertArrayEquals(
                    concat(tokenizer.encode("red"), new int[] {512}, tokenizer.encode(" ring")),
                    tokenizer.encode("red <pad> ring"));
        }
    }

    /** Vicuna v0's row 32000 without added_tokens.json, and vocabularies that are rounded up. */
    @ParameterizedTest
    @EnumSource
    void anIdOfAModelsSpareRowsHasNoText(Format format) throws IOException {
        try (Tokenizer tokenizer = open(format)) {
            int[] red = tokenizer.encode("red ring");
            assertEquals("red ring", tokenizer.decode(concat(red, new int[] {512, 9000})));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSpecialTokensMapRenamesRolesAsEarlyVicunaDid(Format format) throws IOException {
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"bos_token\": \"</s>\", \"eos_token\": \"</s>\", \"unk_token\": {\"content\":"
                        + " \"<unk>\", \"lstrip\": true}}");
        try (Tokenizer tokenizer = open(format)) {
            assertEquals(2, tokenizer.bosId());
            assertEquals(2, tokenizer.eosId());
            assertArrayEquals(
                    concat(
                            tokenizer.encode("red"),
                            new int[] {2},
                            tokenizer.encode("ring"),
                            new int[] {0},
                            tokenizer.encode(" star")),
                    tokenizer.encode("red </s> ring <unk> star"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void emptyNamesKeepLlamasTokens(Format format) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"\", \"eos_token\": null, \"unk_token\": \"<unk>\"}");
        try (Tokenizer tokenizer = open(format)) {
            assertEquals(1, tokenizer.bosId());
            assertEquals(2, tokenizer.eosId());
        }
    }

    @Test
    void halfASurrogatePairIsTheSameForBothFormats() throws IOException {
        String text = "red \uD83D ring";
        int[] byModel;
        try (Tokenizer tokenizer = open(Format.MODEL)) {
            byModel = tokenizer.encode(text);
        }
        Files.delete(folder.resolve(Format.MODEL.file));
        try (Tokenizer tokenizer = open(Format.JSON)) {
            assertArrayEquals(byModel, tokenizer.encode(text));
        }
    }

    @Test
    void aMetaspaceFileStillPutsThePrefixBeforeALeadingSpace() throws IOException {
        JsonObject json =
                JsonParser.parseString(
                                new String(
                                        resource("/org/minigpt4j/nano/tokenizer.json"),
                                        StandardCharsets.UTF_8))
                        .getAsJsonObject();
        json.add("normalizer", null);
        json.add(
                "pre_tokenizer",
                JsonParser.parseString(
                        "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":"
                                + "\"first\",\"split\":false}"));
        Files.writeString(folder.resolve("tokenizer.json"), new Gson().toJson(json));
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            for (JsonElement vector : vectors().getAsJsonArray("encode")) {
                String text = vector.getAsJsonObject().get("text").getAsString();
                assertArrayEquals(ids(vector), tokenizer.encode(text), () -> "of '" + text + "'");
            }
        }
    }

    @Test
    void theModelFileIsPreferredToTheJson() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        try (Tokenizer tokenizer = open(Format.MODEL)) {
            assertEquals(512, tokenizer.vocabSize());
        }
    }

    @Test
    void aFolderWithoutATokenizerIsToldWhatToPutThere() {
        UsageException error = assertThrows(UsageException.class, () -> Tokenizer.open(folder));
        assertTrue(error.getMessage().contains(folder.toString()), error.getMessage());
        assertTrue(error.getMessage().contains("tokenizer.model"), error.getMessage());
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        for (String content :
                List.of("", "version https://git-lfs.github.com/spec/v1", "\n\u0007", "{}")) {
            for (Format format : Format.values()) {
                Path file = folder.resolve(format.file);
                Files.writeString(file, content);
                UsageException error =
                        assertThrows(UsageException.class, () -> Tokenizer.open(folder));
                assertTrue(error.getMessage().contains(format.file), error.getMessage());
                Files.delete(file);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "added_tokens.json|{\"[PAD]\": \"512\"}|[\"[PAD]\"] is the text \"512\",",
                "added_tokens.json|{\"x\": 2e9}|x is 2e9,",
                "added_tokens.json|{\"x\": -1}|x is -1,",
                "added_tokens.json|{\"x\": null}|x is null,",
                "added_tokens.json|[1]|holds a list of 1,",
                "special_tokens_map.json|{\"bos_token\": 1}|bos_token is 1,",
                "special_tokens_map.json|{\"unk_token\": {}}|unk_token.content is missing,",
                "special_tokens_map.json|{\"bos_token\": {\"content\": \"<s>\", \"lstrip\": 1}}"
                        + "|bos_token.lstrip is 1,",
                "tokenizer_config.json|{\"eos_token\": [\"</s>\"]}|eos_token is a list of 1,",
                "tokenizer_config.json|{\"eos_token\": |not valid JSON",
                "tokenizer_config.json|{\"added_tokens_decoder\": [1]}"
                        + "|added_tokens_decoder is a list of 1,",
                "tokenizer_config.json|{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}"
                        + "|added_tokens_decoder.x is an object,",
                "tokenizer.json|{\"added_tokens\": [{\"id\": 600}]}"
                        + "|added_tokens[0].content is missing,",
                "tokenizer.json|{\"added_tokens\": {}}|added_tokens is an object,"
            })
    void aWrongTypeIsToldWithItsFileAndPlace(String name, String content, String said)
            throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        String message = assertThrows(UsageException.class, () -> open(Format.MODEL)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertTrue(message.contains(said), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"model\": null}",
                "{\"model\": {\"vocab\": [[\"a\", 0]]}}",
                "{\"model\": {\"vocab\": {\"a\": 0.5}}}",
                "{\"model\": {\"vocab\": {\"a\": 2000000}}}",
                "{\"model\": {\"vocab\": {}}}",
                "{\"model\": {\"vocab\": {\"a\": 0}}}"
            })
    void aTokenizerJsonWithoutItsVocabularySaysWhatStoodThere(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), content);
        String message =
                assertThrows(UsageException.class, () -> Tokenizer.open(folder)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertTrue(message.length() > file.toString().length() + 20, message);
    }

    private static JsonObject vectors() throws IOException {
        try (InputStream in = TokenizerTest.class.getResourceAsStream("sentencepiece.json")) {
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        }
    }

    private static int[] ids(JsonElement vector) {
        return vector.getAsJsonObject().getAsJsonArray("ids").asList().stream()
                .mapToInt(JsonElement::getAsInt)
                .toArray();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = TokenizerTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    private static int[] concat(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
