package org.minigpt4j.nano;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The small world's own vocabulary: 512 pieces, made as LLaMA's 32,000 were, with ids 0 to 2 for
 * {@code <unk> <s> </s>}, 256 bytes and 253 learned pieces. The README says how it was made beside
 * the files.
 */
public final class NanoTokenizer {

    /** How many pieces there are. */
    public static final int VOCAB_SIZE = 512;

    private static final String[] FILES = {"tokenizer.model", "tokenizer.json"};

    private NanoTokenizer() {}

    /** Puts {@code tokenizer.model} and the same as {@code tokenizer.json} into an LLM folder. */
    public static void writeTo(Path llamaFolder) throws IOException {
        Files.createDirectories(llamaFolder);
        for (String name : FILES) {
            try (InputStream in = NanoTokenizer.class.getResourceAsStream(name)) {
                Files.copy(in, llamaFolder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
