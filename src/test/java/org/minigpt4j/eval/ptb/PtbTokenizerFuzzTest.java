package org.minigpt4j.eval.ptb;

import org.minigpt4j.eval.file.CaptionFileFuzzTest;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Captions of any kind: each has tokens, at once, and the same ones again. */
public class PtbTokenizerFuzzTest extends FuzzedReader {

    PtbTokenizerFuzzTest() {
        super("captions");
    }

    @Override
    protected FuzzTarget target() {
        PtbTokenizer tokenizer = new PtbTokenizer();
        return bytes -> {
            for (var charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE)) {
                String text = new String(bytes, charset);
                String words = tokenizer.words(text);
                if (!words.equals(tokenizer.words(text)) || words.indexOf('\n') >= 0) {
                    throw new IllegalStateException("other words the second time: " + words);
                }
                tokenizer.tokens(text);
                tokenizer.tokens(text, null);
            }
        };
    }

    @Override
    protected List<byte[]> seeds() {
        return CaptionFileFuzzTest.HOSTILE.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Override
    protected List<String> dictionary() {
        return List.of("U.S.", "'s", "n't", "&amp;", "<a b=\"c\">", "http://a.com/", "1/2", ":-)");
    }

    /** A long caption must not take longer than its length. */
    @Override
    protected java.time.Duration deadline() {
        return java.time.Duration.ofSeconds(30);
    }

    @Override
    protected long mostAllocated() {
        return 4L << 30;
    }
}
