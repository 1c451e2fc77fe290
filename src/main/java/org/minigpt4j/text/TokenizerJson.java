package org.minigpt4j.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** {@code tokenizer.json}: encoding by Hugging Face's tokenizers library. */
final class TokenizerJson implements Pieces {

    private final HuggingFaceTokenizer tokenizer;
    private final Map<String, Integer> ids;
    private final String[] pieces;

    /**
     * Whether a leading space takes the place of the dummy prefix instead of following it, as in
     * files with a Metaspace step; SentencePiece keeps both.
     */
    private final boolean swallowsLeadingSpace;

    private TokenizerJson(HuggingFaceTokenizer tokenizer, Map<String, Integer> ids) {
        this.tokenizer = tokenizer;
        this.ids = ids;
        this.pieces = new String[1 + ids.values().stream().mapToInt(i -> i).max().orElseThrow()];
        ids.forEach((piece, id) -> pieces[id] = piece);
        this.swallowsLeadingSpace = Arrays.equals(cut("a"), cut(" a"));
    }

    static TokenizerJson open(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            JsonObject model =
                    JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8))
                            .getAsJsonObject()
                            .getAsJsonObject("model");
            Map<String, Integer> ids = new HashMap<>();
            for (Map.Entry<String, JsonElement> entry : model.getAsJsonObject("vocab").entrySet()) {
                ids.put(entry.getKey(), entry.getValue().getAsInt());
            }
            // Options given here win over those in the file: nothing is cut or filled up.
            Map<String, String> options =
                    Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD");
            return new TokenizerJson(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options),
                    ids);
        } catch (IOException | RuntimeException e) {
            throw new UsageException(
                    "%s is not a tokenizer.json with a vocabulary of pieces.".formatted(file), e);
        }
    }

    @Override
    public int[] encode(String text) {
        boolean led = text.startsWith(" ") || text.startsWith("▁");
        return cut(swallowsLeadingSpace && led ? " " + text : text);
    }

    private int[] cut(String text) {
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    @Override
    public int size() {
        return pieces.length;
    }

    @Override
    public String piece(int id) {
        return pieces[id] == null ? "" : pieces[id];
    }

    @Override
    public int id(String piece) {
        return ids.getOrDefault(piece, -1);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
