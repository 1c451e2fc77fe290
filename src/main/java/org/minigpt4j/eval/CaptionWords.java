package org.minigpt4j.eval;

import org.minigpt4j.eval.ptb.PtbTokenizer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Splits many captions into words, with one thread per core. */
final class CaptionWords {

    private static final int CHUNK = 512;

    private CaptionWords() {}

    /** The words of each distinct caption. */
    static Map<String, String> of(Collection<String> captions) {
        List<String> different = captions.stream().distinct().toList();
        Map<String, String> words = new ConcurrentHashMap<>(2 * different.size() + 1);
        ThreadLocal<PtbTokenizer> tokenizers = ThreadLocal.withInitial(PtbTokenizer::new);
        IntStream.range(0, (different.size() + CHUNK - 1) / CHUNK)
                .parallel()
                .forEach(
                        chunk -> {
                            PtbTokenizer tokenizer = tokenizers.get();
                            int end = Math.min(different.size(), (chunk + 1) * CHUNK);
                            for (String caption : different.subList(chunk * CHUNK, end)) {
                                words.put(caption, tokenizer.words(caption));
                            }
                        });
        return words;
    }
}
