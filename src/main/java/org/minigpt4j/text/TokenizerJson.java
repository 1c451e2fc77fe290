package org.minigpt4j.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** {@code tokenizer.json}: encoding by Hugging Face's tokenizers library. */
final class TokenizerJson implements Pieces {

    /** Ids run below this; the largest vocabularies have 260,000 pieces. */
    static final int MOST_PIECES = 2_000_000;

    /** The largest files are 35 MB. */
    static final long LONGEST = 128 << 20;

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
        Map<String, Integer> ids = new HashMap<>();
        ForeignJson vocab = ForeignJson.read(file, LONGEST).at("model").at("vocab");
        vocab.members().forEach((piece, id) -> ids.put(piece, id.integer(0, MOST_PIECES - 1)));
        if (ids.isEmpty()) {
            throw vocab.wrong("a vocabulary of pieces");
        }
        HuggingFaceTokenizer tokenizer = library(file);
        try {
            return new TokenizerJson(tokenizer, ids);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw unread(file, e);
        }
    }

    /** The library's own reading of a file. */
    static HuggingFaceTokenizer library(Path file) {
        // Options given here win over those in the file: nothing is cut or filled up.
        Map<String, String> options =
                Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD");
        try (InputStream in = Files.newInputStream(file)) {
            return HuggingFaceTokenizer.newInstance(in, options);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        } catch (RuntimeException e) {
            throw unread(file, e);
        }
    }

    private static UsageException unread(Path file, RuntimeException e) {
        return new UsageException(
                "%s: not a tokenizer of Hugging Face's library: %s"
                        .formatted(file, ForeignText.line(e.getMessage())),
                e);
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
