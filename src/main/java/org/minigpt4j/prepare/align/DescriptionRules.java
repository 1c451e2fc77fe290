package org.minigpt4j.prepare.align;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The part of the paper's curation of stage 2 (section 3.2) that needs no model. There a language
 * model was asked to "remove any repeating sentences, meaningless characters, not English
 * sentences", to mend incomplete sentences, and people struck out what it missed; descriptions
 * under 80 tokens were asked to be continued. Here text is mended where that is certain and refused
 * otherwise.
 *
 * @param minWords descriptions with fewer words are refused
 * @param maxWords descriptions with more are refused
 * @param maxForeign the largest share of letters outside the Latin script
 * @param cutUnfinished whether a last sentence without an end is cut off; else it stays
 */
public record DescriptionRules(
        int minWords, int maxWords, double maxForeign, boolean cutUnfinished) {

    private static final Charset WESTERN = Charset.forName("windows-1252");

    /** UTF-8 that was read as windows-1252 shows these pairs. */
    private static final Pattern MISREAD =
            Pattern.compile("[\u00C2-\u00F4][\u0080-\u00BF\u20AC\u0152-\u0178\u2013-\u203A\u2122]");

    private static final Pattern TAG = Pattern.compile("</?[A-Za-z][^<>]{0,200}>");
    private static final Pattern MARKS = Pattern.compile("###|<Img>|</Img>|<ImageHere>");
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\s]]");
    private static final Pattern SPACES = Pattern.compile("(?U)\\s+");
    private static final Pattern RUN = Pattern.compile("([^\\p{L}\\p{N}\\s])\\1{3,}");
    private static final Pattern LOST = Pattern.compile("[\uFFFD\\p{Co}\\p{Cn}]");
    private static final Pattern END = Pattern.compile("(?s).*[.!?\u2026][\"')\\]\u201D\u2019]*");
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    /** Phrases of up to this many words are searched for immediate repetition. */
    private static final int LONGEST_PHRASE = 12;

    /** Something that was put right. */
    public enum Mend {
        /** UTF-8 that had been read as windows-1252. */
        MISREAD_CHARACTERS,
        /** HTML tags and the commonest entities. */
        MARKUP,
        /** Control characters, runs of white space or of one sign. */
        MEANINGLESS_CHARACTERS,
        /** One or two words three times running, or a longer phrase twice. */
        REPEATED_WORDS,
        /** A sentence that came before. */
        REPEATED_SENTENCE,
        /** A last sentence without an end. */
        UNFINISHED_SENTENCE
    }

    /** Why a description is not taken. */
    public enum Refusal {
        /** No word in it. */
        EMPTY,
        /** Characters that were lost when it was decoded somewhere, and cannot be known. */
        BROKEN_CHARACTERS,
        /** Signs that mean something to training: {@code ###} ends a turn. */
        CONVERSATION_MARKS,
        /** Too many letters of other scripts. */
        NOT_LATIN,
        /** Fewer words than asked for, perhaps after repetitions were removed. */
        TOO_SHORT,
        /** More words than asked for. */
        TOO_LONG
    }

    /** What to do with a description. */
    public sealed interface Verdict {}

    /** It is taken, with this text. */
    public record Taken(String text, Set<Mend> mends) implements Verdict {}

    /** It is not. */
    public record Refused(Refusal reason, String detail) implements Verdict {}

    /** Judges a description. */
    public Verdict judge(String description) {
        Set<Mend> mends = EnumSet.noneOf(Mend.class);
        String text = step(description, rightlyRead(description), Mend.MISREAD_CHARACTERS, mends);
        if (MARKS.matcher(text).find()) {
            return new Refused(Refusal.CONVERSATION_MARKS, "has a mark of conversations, as ###");
        }
        text = step(text, withoutMarkup(text), Mend.MARKUP, mends);
        text = step(text, plain(text), Mend.MEANINGLESS_CHARACTERS, mends);
        if (essence(text).isEmpty()) {
            return new Refused(Refusal.EMPTY, "has no word");
        }
        if (LOST.matcher(text).find()) {
            return new Refused(Refusal.BROKEN_CHARACTERS, "has characters that were lost");
        }
        double foreign = foreignShare(text);
        if (foreign > maxForeign) {
            return new Refused(
                    Refusal.NOT_LATIN,
                    String.format(
                            Locale.ROOT, "%.0f %% of its letters are not Latin", 100 * foreign));
        }
        text = step(text, withoutRepeatedWords(text), Mend.REPEATED_WORDS, mends);
        text = step(text, withoutRepeatedSentences(text), Mend.REPEATED_SENTENCE, mends);
        if (cutUnfinished) {
            text = step(text, finished(text), Mend.UNFINISHED_SENTENCE, mends);
        }
        int words = text.split(" ").length;
        if (words < minWords) {
            return new Refused(
                    Refusal.TOO_SHORT,
                    "%d words, fewer than align.captions.min_words, %d".formatted(words, minWords));
        }
        if (words > maxWords) {
            return new Refused(
                    Refusal.TOO_LONG,
                    "%d words, more than align.captions.max_words, %d".formatted(words, maxWords));
        }
        return new Taken(text, mends);
    }

    private static String step(String before, String after, Mend mend, Set<Mend> mends) {
        if (!after.equals(before)) {
            mends.add(mend);
        }
        return after;
    }

    /** What two texts share that say the same: lower-case letters and digits, single spaces. */
    static String essence(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return NO_WORD.matcher(plain).replaceAll(" ").strip();
    }

    /** Undone only when every byte of it then is UTF-8, which does not happen by chance. */
    private static String rightlyRead(String text) {
        if (!MISREAD.matcher(text).find()) {
            return text;
        }
        try {
            ByteBuffer bytes = WESTERN.newEncoder().encode(CharBuffer.wrap(text));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            return text;
        }
    }

    private static String withoutMarkup(String text) {
        return TAG.matcher(text)
                .replaceAll(" ")
                .replace("&nbsp;", " ")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }

    private static String plain(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFC);
        plain = INVISIBLE.matcher(plain).replaceAll("");
        plain = SPACES.matcher(plain).replaceAll(" ").strip();
        return RUN.matcher(plain).replaceAll("$1");
    }

    private static double foreignShare(String text) {
        long letters = text.codePoints().filter(Character::isLetter).count();
        long foreign =
                text.codePoints()
                        .filter(Character::isLetter)
                        .filter(c -> Character.UnicodeScript.of(c) != Character.UnicodeScript.LATIN)
                        .count();
        return letters == 0 ? 0 : (double) foreign / letters;
    }

    /**
     * Short phrases count from the third time on: "had had", "side by side by side" are English.
     */
    private static String withoutRepeatedWords(String text) {
        List<String> words = new ArrayList<>(List.of(text.split(" ")));
        List<String> essences =
                new ArrayList<>(words.stream().map(DescriptionRules::essence).toList());
        for (int length = 1; length <= LONGEST_PHRASE; length++) {
            int needed = length <= 2 ? 3 : 2;
            for (int at = 0; at + length * needed <= words.size(); ) {
                int times = times(essences, at, length);
                if (times < needed || essences.get(at).isEmpty()) {
                    at++;
                    continue;
                }
                // The last one stays: its punctuation ends what comes before.
                words.subList(at, at + length * (times - 1)).clear();
                essences.subList(at, at + length * (times - 1)).clear();
                at += length;
            }
        }
        return String.join(" ", words);
    }

    /** How often the phrase at a place comes one after the other. */
    private static int times(List<String> words, int at, int length) {
        List<String> phrase = words.subList(at, at + length);
        int times = 1;
        for (int next = at + length; next + length <= words.size(); next += length) {
            if (!words.subList(next, next + length).equals(phrase)) {
                break;
            }
            times++;
        }
        return times;
    }

    private static String withoutRepeatedSentences(String text) {
        Set<String> seen = new HashSet<>();
        StringBuilder kept = new StringBuilder();
        for (String sentence : sentences(text)) {
            String essence = essence(sentence);
            if (essence.isEmpty() || seen.add(essence)) {
                kept.append(sentence);
            }
        }
        return kept.toString().strip();
    }

    private static String finished(String text) {
        List<String> sentences = sentences(text);
        int last = sentences.size() - 1;
        if (last < 1 || END.matcher(sentences.get(last).strip()).matches()) {
            return text;
        }
        return String.join("", sentences.subList(0, last)).strip();
    }

    /** The text split after its sentences; joined, they give the text again. */
    private static List<String> sentences(String text) {
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        breaks.setText(text);
        List<String> sentences = new ArrayList<>();
        int from = breaks.first();
        for (int to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
            sentences.add(text.substring(from, to));
        }
        return sentences;
    }
}
