package org.minigpt4j.text;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;
import org.minigpt4j.nano.NanoTokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;

/** One file of a tokenizer's folder is foreign, the others are good. */
abstract class TokenizerFuzz extends FuzzedReader {

    private final String file;
    private final List<String> beside;
    private final List<String> good;

    /**
     * @param file the foreign one
     * @param beside the good ones
     * @param good contents of the foreign one; none means the nano tokenizer's
     */
    TokenizerFuzz(String file, List<String> beside, String... good) {
        super(file);
        this.file = file;
        this.beside = beside;
        this.good = List.of(good);
    }

    @Override
    protected FuzzTarget target() throws IOException {
        for (String name : beside) {
            Files.write(folder.resolve(name), nano(name));
        }
        return bytes -> {
            Files.write(folder.resolve(file), bytes);
            try (Tokenizer tokenizer = Tokenizer.open(folder)) {
                int[] ids = tokenizer.encode("a red ring ###</s> [PAD]é");
                tokenizer.decode(ids);
                tokenizer.vocabSize();
            }
        };
    }

    @Override
    protected List<byte[]> seeds() throws IOException {
        return good.isEmpty()
                ? List.of(nano(file))
                : good.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    }

    private static byte[] nano(String name) throws IOException {
        try (var in = NanoTokenizer.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
