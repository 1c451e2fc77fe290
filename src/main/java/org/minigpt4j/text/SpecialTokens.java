package org.minigpt4j.text;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

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
 * it, then {@code added_tokens.json}, the added tokens of {@code tokenizer.json} and the {@code
 * added_tokens_decoder} of {@code tokenizer_config.json}. A name that is missing or empty keeps
 * LLaMA's: {@code <s>}, {@code </s>}, {@code <unk>}.
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
        ForeignJson config = object(folder.resolve("tokenizer_config.json"));
        Map<String, ForeignJson> decoder = decoder(config, pieces);
        decoder.forEach((text, token) -> addedIds.put(text, decoderId(token)));
        for (Map.Entry<String, Integer> entry : addedIds.entrySet()) {
            ForeignJson told = decoder.get(entry.getKey());
            boolean left = told == null || told.at("lstrip").truth(false);
            boolean right = told == null || told.at("rstrip").truth(false);
            tokens.put(entry.getKey(), new Token(entry.getKey(), entry.getValue(), left, right));
            added.put(entry.getValue(), entry.getKey());
            vocabSize = Math.max(vocabSize, entry.getValue() + 1);
        }
        ForeignJson map = object(folder.resolve("special_tokens_map.json"));
        Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put("unk_token", "<unk>");
        defaults.put("bos_token", "<s>");
        defaults.put("eos_token", "</s>");
        defaults.put("pad_token", "");
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : defaults.entrySet()) {
            String role = entry.getKey();
            boolean mapped = map.members().containsKey(role);
            Named token = Named.of((mapped ? map : config).at(role), mapped);
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
                                .formatted(
                                        folder,
                                        role.replace('_', ' '),
                                        ForeignText.line(token.text)));
            }
            ids.put(role, id);
            if (!decoder.containsKey(token.text)) {
                tokens.put(token.text, new Token(token.text, id, token.left, token.right));
            }
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

        static Named of(ForeignJson json, boolean bareStrips) {
            if (!json.isPresent()) {
                return null;
            }
            if (json.isObject()) {
                return new Named(
                        json.at("content").text(),
                        json.at("lstrip").truth(false),
                        json.at("rstrip").truth(false));
            }
            if (!json.isText()) {
                throw json.wrong("text or an object with its content");
            }
            return new Named(json.text(), bareStrips, bareStrips);
        }
    }

    private static Map<String, Integer> addedIds(Path folder, Pieces pieces) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        ForeignJson inTokenizer = object(folder.resolve("tokenizer.json")).at("added_tokens");
        if (inTokenizer.isPresent()) {
            for (ForeignJson token : inTokenizer.elements()) {
                ids.put(token.at("content").text(), id(token.at("id")));
            }
        }
        object(folder.resolve("added_tokens.json"))
                .members()
                .forEach((text, id) -> ids.put(text, id(id)));
        ids.values().removeIf(id -> id < pieces.size());
        ids.remove("");
        return ids;
    }

    /** {@code added_tokens_decoder} of later transformers: tokens by id, beyond the pieces' own. */
    private static Map<String, ForeignJson> decoder(ForeignJson config, Pieces pieces) {
        Map<String, ForeignJson> tokens = new LinkedHashMap<>();
        ForeignJson decoder = config.at("added_tokens_decoder");
        if (decoder.isPresent()) {
            for (ForeignJson token : decoder.members().values()) {
                String text = token.at("content").text();
                if (!text.isEmpty() && decoderId(token) >= pieces.size()) {
                    tokens.put(text, token);
                }
            }
        }
        return tokens;
    }

    /** The id of a token in {@code added_tokens_decoder}. */
    private static int decoderId(ForeignJson token) {
        String key = token.key();
        if (!key.matches("[0-9]{1,7}") || Integer.parseInt(key) >= TokenizerJson.MOST_PIECES) {
            throw token.wrong("under the id of a token, a whole number");
        }
        return Integer.parseInt(key);
    }

    private static int id(ForeignJson json) {
        return json.integer(0, TokenizerJson.MOST_PIECES - 1);
    }

    /** A file that need not be there; then an empty object. */
    static ForeignJson object(Path file) {
        ForeignJson json =
                Files.isRegularFile(file)
                        ? ForeignJson.read(file, TokenizerJson.LONGEST)
                        : ForeignJson.empty(file.toString());
        if (!json.isObject()) {
            throw json.wrong("an object");
        }
        return json;
    }
}
