package org.minigpt4j.eval.answer;

import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Measures how often long answers fail the way stage-1 models do: repetition, fragments, or no end.
 * The paper's Table 3 has people judge this; here it is measured from the text alone.
 */
final class LongAnswers {

    /** Name of the share of answers that fail in any of these ways. */
    static final String FAILURES = "failures";

    private static final int NGRAM = 4;
    private static final int OFTEN = 3;
    private static final int FEWEST_WORDS = 3;
    private static final int SAME_WORD = 4;

    private final Optional<Chair> chair;

    LongAnswers(Optional<Chair> chair) {
        this.chair = chair;
    }

    ScoreSheet scores(Map<String, Given> answers, int of) {
        List<Item> items = new ArrayList<>();
        Map<String, Double> sums = new LinkedHashMap<>();
        int mentions = 0;
        int madeUp = 0;
        for (Map.Entry<String, Given> one : answers.entrySet()) {
            String text = one.getValue().text();
            Map<String, Double> figures = new LinkedHashMap<>();
            boolean repeats = repeats(text);
            boolean fragment = isFragment(text, one.getValue().ended());
            boolean endless = !one.getValue().ended();
            figures.put(FAILURES, share(repeats || fragment || endless));
            figures.put("repetition", share(repeats));
            figures.put("fragment", share(fragment));
            figures.put("never_ending", share(endless));
            figures.put("words", (double) words(text).length);
            if (chair.isPresent()) {
                Chair.Count count = chair.get().count(one.getKey(), text);
                mentions += count.mentions();
                madeUp += count.madeUp();
                figures.put("CHAIR_s", share(count.madeUp() > 0));
            }
            figures.forEach((name, value) -> sums.merge(name, value, Double::sum));
            items.add(new Item(one.getKey(), text, figures));
        }
        List<Figure> all = new ArrayList<>();
        sums.forEach((name, sum) -> all.add(figure(name, OptionalDouble.of(sum / answers.size()))));
        if (chair.isPresent()) {
            all.add(
                    figure(
                            "CHAIR_i",
                            mentions == 0
                                    ? OptionalDouble.empty()
                                    : OptionalDouble.of((double) madeUp / mentions)));
        }
        List<String> notes = new ArrayList<>();
        notes.add("failures are measured from the text; the paper's Table 3 was judged by people");
        if (chair.isEmpty()) {
            notes.add(
                    "CHAIR not computed: run.eval.synonyms and run.eval.instances name its files");
        }
        return new ScoreSheet("describe", "picture", of, all, items, notes);
    }

    private static Figure figure(String name, OptionalDouble value) {
        return new Figure(ScoreMode.OURS, "", name, value);
    }

    private static double share(boolean is) {
        return is ? 1 : 0;
    }

    private static String[] words(String text) {
        String plain = text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}']+", " ").strip();
        return plain.isEmpty() ? new String[0] : plain.split(" ");
    }

    /**
     * Whether a text contains the same four words three times, a word four times in a row, or a
     * sentence twice.
     */
    static boolean repeats(String text) {
        String[] words = words(text);
        Map<List<String>, Integer> seen = new HashMap<>();
        int row = 0;
        for (int at = 0; at < words.length; at++) {
            row = at > 0 && words[at].equals(words[at - 1]) ? row + 1 : 1;
            if (row >= SAME_WORD) {
                return true;
            }
            if (at + NGRAM <= words.length) {
                List<String> ngram = Arrays.asList(words).subList(at, at + NGRAM);
                if (seen.merge(ngram, 1, Integer::sum) >= OFTEN) {
                    return true;
                }
            }
        }
        Set<List<String>> sentences = new HashSet<>();
        for (String sentence : text.split("[.!?\\n]+")) {
            List<String> of = List.of(words(sentence));
            if (of.size() >= NGRAM && !sentences.add(of)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether an answer has hardly any words, or the model ended it in the middle of a sentence.
     */
    static boolean isFragment(String text, boolean ended) {
        String stripped = text.strip();
        if (words(stripped).length < FEWEST_WORDS) {
            return true;
        }
        return ended && !stripped.matches("(?s).*[.!?][\"'\\u201d\\u2019)\\]]*");
    }
}
