package org.minigpt4j.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A {@code tokenizer.json} whose pieces are bytes, as Llama-3 and Qwen2.5 have it. Hugging Face's
 * library does all of it, special tokens in the text too; there is no dummy prefix and no unknown
 * token. A begin of sequence stands where the file itself puts one: Qwen has none.
 */
final class ByteLevelTokenizer implements Tokenizer {

    private final HuggingFaceTokenizer tokenizer;
    private final int vocabSize;
    private final int bos;
    private final int eos;
    private final int pad;
    private final int unk;

    private ByteLevelTokenizer(HuggingFaceTokenizer tokenizer, Path folder) {
        this.tokenizer = tokenizer;
        Map<String, Integer> ids = ids(folder.resolve("tokenizer.json"));
        vocabSize = 1 + ids.values().stream().mapToInt(i -> i).max().orElse(0);
        int named = role(folder, "bos_token", ids);
        long[] opened = tokenizer.encode("a", true, false).getIds();
        bos = named >= 0 && opened.length > 0 && opened[0] == named ? named : NONE;
        eos = role(folder, "eos_token", ids);
        pad = role(folder, "pad_token", ids);
        unk = role(folder, "unk_token", ids);
        if (eos < 0) {
            throw new UsageException(
                    ("%s: names no eos_token, the token that ends a text; use the"
                                    + " file from the model's own folder")
                            .formatted(folder.resolve("tokenizer_config.json")));
        }
    }

    /** Whether the folder's {@code tokenizer.json} is of this kind. */
    static boolean isIn(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            return false;
        }
        ForeignJson json = ForeignJson.read(file, TokenizerJson.LONGEST);
        return json.isObject() && names(json.at("decoder"), "ByteLevel");
    }

    /** Whether a step, or one of a sequence of steps, is of this type. */
    private static boolean names(ForeignJson step, String type) {
        if (!step.isObject()) {
            return false;
        }
        ForeignJson steps = step.at("decoders");
        return (step.at("type").isText() && step.at("type").text().equals(type))
                || (steps.isList() && steps.elements().stream().anyMatch(s -> names(s, type)));
    }

    static ByteLevelTokenizer open(Path folder) {
        HuggingFaceTokenizer tokenizer = TokenizerJson.library(folder.resolve("tokenizer.json"));
        try {
            return new ByteLevelTokenizer(tokenizer, folder);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static Map<String, Integer> ids(Path file) {
        ForeignJson json = ForeignJson.read(file, TokenizerJson.LONGEST);
        Map<String, Integer> ids = new HashMap<>();
        json.at("model")
                .at("vocab")
                .members()
                .forEach(
                        (piece, id) ->
                                ids.put(piece, id.integer(0, TokenizerJson.MOST_PIECES - 1)));
        ForeignJson added = json.at("added_tokens");
        if (added.isPresent()) {
            for (ForeignJson token : added.elements()) {
                int id = token.at("id").integer(0, TokenizerJson.MOST_PIECES - 1);
                ids.put(token.at("content").text(), id);
            }
        }
        return ids;
    }

    /** The id of a role; special_tokens_map.json stands above tokenizer_config.json. */
    private static int role(Path folder, String role, Map<String, Integer> ids) {
        for (String name : new String[] {"special_tokens_map.json", "tokenizer_config.json"}) {
            ForeignJson value = SpecialTokens.object(folder.resolve(name)).at(role);
            if (value.isPresent()) {
                String text = value.isObject() ? value.at("content").text() : value.text();
                Integer id = ids.get(text);
                if (id == null) {
                    throw new UsageException(
                            "%s: %s is %s, which is not in the vocabulary"
                                    .formatted(value.file(), role, ForeignText.line(text)));
                }
                return id;
            }
        }
        return NONE;
    }

    @Override
    public int[] encode(String text) {
        String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        if (whole.isEmpty()) {
            return new int[0];
        }
        return Arrays.stream(tokenizer.encode(whole, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    @Override
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    @Override
    public int vocabSize() {
        return vocabSize;
    }

    @Override
    public int bosId() {
        return bos;
    }

    @Override
    public int eosId() {
        return eos;
    }

    @Override
    public int unkId() {
        return unk;
    }

    @Override
    public int padId() {
        return pad >= 0 && pad != eos ? pad : bos >= 0 ? bos : eos;
    }

    @Override
    public boolean endsTurnsByToken() {
        return true;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
