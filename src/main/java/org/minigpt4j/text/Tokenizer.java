package org.minigpt4j.text;

import org.minigpt4j.UsageException;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Text to token ids and back by the rules of Hugging Face's slow LLaMA tokenizer (transformers
 * 4.28): every run of plain text begins with the dummy piece {@code ▁}, characters outside the
 * vocabulary fall back to their bytes, special and added tokens written out in the text become
 * their ids. Safe for use by many threads.
 */
public interface Tokenizer extends AutoCloseable {

    /** The id of a token that a vocabulary does not have. */
    int NONE = -1;

    /**
     * Opens the tokenizer of an LLM folder: {@code tokenizer.model} (SentencePiece) if it is there,
     * else {@code tokenizer.json} (Hugging Face tokenizers). A byte-level {@code tokenizer.json},
     * as of Llama-3 and Qwen2.5, is taken before either and follows its own rules.
     *
     * @throws UsageException if the folder holds neither, or the file cannot be understood
     */
    static Tokenizer open(Path llamaFolder) {
        Path model = llamaFolder.resolve("tokenizer.model");
        Path json = llamaFolder.resolve("tokenizer.json");
        Pieces pieces;
        if (ByteLevelTokenizer.isIn(llamaFolder)) {
            return ByteLevelTokenizer.open(llamaFolder);
        }
        if (Files.isRegularFile(model)) {
            pieces = SentencePieceModel.open(model);
        } else if (Files.isRegularFile(json)) {
            pieces = TokenizerJson.open(json);
        } else {
            throw new UsageException(
                    ("%s holds no tokenizer. Put the tokenizer.model that came with the LLaMA or"
                                    + " Vicuna weights there (or its tokenizer.json).")
                            .formatted(llamaFolder));
        }
        return LlamaTokenizer.over(pieces, llamaFolder);
    }

    /** The ids of {@code text}, without begin or end of sequence; an empty text has none. */
    int[] encode(String text);

    /**
     * The text of {@code ids}, special tokens spelled out: {@code </s>} stays visible. An id beyond
     * the vocabulary, as a model's rows for padding have it, is left out. As in the reference a
     * space stands before the text that a special token ends, and around added tokens.
     */
    String decode(int[] ids);

    /** One more than the largest id, added tokens included: 32001 for Vicuna v0. */
    int vocabSize();

    /** The id that begins a sequence; 1 in LLaMA, {@link #NONE} where nothing does, as in Qwen. */
    int bosId();

    /** The id that ends a sequence; 2 in LLaMA. */
    int eosId();

    /** The id for what has no piece; 0 in LLaMA, {@link #NONE} if there is none. */
    int unkId();

    /** An id that fills up texts which end with {@link #eosId}, so that the end is learned. */
    default int padId() {
        return unkId();
    }

    /**
     * Whether turns end with {@link #eosId} and nothing else: then {@code ###} is a heading like
     * any other, and the end is not part of an answer.
     */
    default boolean endsTurnsByToken() {
        return false;
    }

    @Override
    void close();
}
