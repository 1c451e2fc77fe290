package org.minigpt4j.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The tokens that are found in a text before it is cut into pieces, as the files beside the
 * vocabulary name them: {@code tokenizer_config.json}, then {@code special_tokens_map.json} over
 * it, then {@code added_tokens.json} and the added tokens of {@code tokenizer.json}. A name that is
 * missing or empty keeps LLaMA's: {@code <s>}, {@code </s>}, {@code <unk>}.
 *
 * @param byText every such token by its text
 * @param added texts of ids beyond the pieces' own, by id
 * @param vocabSize one more than the largest id
 */
record SpecialTokens(
        Map<String, Token> byText,
        Map<Integer, String> added,
        int vocabSize,
        int bosId,
        int eosId,
        int unkId) {

    /**
     * One token. The slow tokenizer strips spaces around a token given as a bare string, and keeps
     * them around one given as an object unless that says otherwise.
     */
    record Token(String text, int id, boolean stripLeft, boolean stripRight) {}

    static SpecialTokens read(Path folder, Pieces pieces) {
        Map<String, Integer> addedIds = addedIds(folder, pieces);
        Map<String, Token> tokens = new LinkedHashMap<>();
        int vocabSize = pieces.size();
        Map<Integer, String> added = new LinkedHashMap<>();
        for (Map.Entry<String, Integer> entry : addedIds.entrySet()) {
            tokens.put(entry.getKey(), new Token(entry.getKey(), entry.getValue(), true, true));
            added.put(entry.getValue(), entry.getKey());
            vocabSize = Math.max(vocabSize, entry.getValue() + 1);
        }
        JsonObject config = object(folder.resolve("tokenizer_config.json"));
        JsonObject map = object(folder.resolve("special_tokens_map.json"));
        Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put("unk_token", "<unk>");
        defaults.put("bos_token", "<s>");
        defaults.put("eos_token", "</s>");
        defaults.put("pad_token", "");
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : defaults.entrySet()) {
            String role = entry.getKey();
            boolean mapped = map.has(role);
            JsonElement named = mapped ? map.get(role) : config.get(role);
            Named token = Named.of(named, mapped);
            if (token == null || token.text.isEmpty()) {
                token = new Named(entry.getValue(), false, false);
            }
            if (token.text.isEmpty()) {
                continue;
            }
            int id = addedIds.getOrDefault(token.text, pieces.id(token.text));
            if (id < 0) {
                if (role.equals("pad_token")) {
                    continue;
                }
                throw new UsageException(
                        "%s: the %s %s is not in the vocabulary."
                                .formatted(folder, role.replace('_', ' '), token.text));
            }
            ids.put(role, id);
            tokens.put(token.text, new Token(token.text, id, token.left, token.right));
        }
        return new SpecialTokens(
                Map.copyOf(tokens),
                Map.copyOf(added),
                vocabSize,
                ids.get("bos_token"),
                ids.get("eos_token"),
                ids.get("unk_token"));
    }

    /** Finds these tokens in a text, the longest first where several begin. */
    Pattern pattern() {
        return Pattern.compile(
                byText.keySet().stream()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|")));
    }

    private record Named(String text, boolean left, boolean right) {

        static Named of(JsonElement json, boolean bareStrips) {
            if (json == null || json.isJsonNull()) {
                return null;
            }
            if (json.isJsonObject()) {
                JsonObject object = json.getAsJsonObject();
                return new Named(
                        object.get("content").getAsString(),
                        flag(object, "lstrip"),
                        flag(object, "rstrip"));
            }
            return new Named(json.getAsString(), bareStrips, bareStrips);
        }

        private static boolean flag(JsonObject object, String name) {
            return object.has(name) && object.get(name).getAsBoolean();
        }
    }

    private static Map<String, Integer> addedIds(Path folder, Pieces pieces) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        JsonElement inTokenizer = object(folder.resolve("tokenizer.json")).get("added_tokens");
        if (inTokenizer != null) {
            for (JsonElement element : inTokenizer.getAsJsonArray()) {
                JsonObject token = element.getAsJsonObject();
                ids.put(token.get("content").getAsString(), token.get("id").getAsInt());
            }
        }
        for (Map.Entry<String, JsonElement> entry :
                object(folder.resolve("added_tokens.json")).entrySet()) {
            ids.put(entry.getKey(), entry.getValue().getAsInt());
        }
        ids.values().removeIf(id -> id < pieces.size());
        return ids;
    }

    private static JsonObject object(Path file) {
        if (!Files.isRegularFile(file)) {
            return new JsonObject();
        }
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException | RuntimeException e) {
            throw new UsageException("%s is not a readable JSON object.".formatted(file), e);
        }
    }
}
