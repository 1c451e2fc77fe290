package org.minigpt4j.eval.ptb;

import org.minigpt4j.eval.python.PythonText;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Splits captions into tokens as CoreNLP 3.4.1's {@code PTBTokenizer -preserveLines -lowerCase}
 * does. Its tokens depend on the beginning of the next line: {@code etc.} before {@code The dog}
 * becomes {@code etc. .}. A single caption is split as if the next line began with a lower-case
 * letter, so the order of captions does not matter. Not thread-safe.
 */
public final class PtbTokenizer {

    private static final Grammar GRAMMAR = Grammar.resource("ptb.grammar");
    private static final String SMALL_LETTER = "x";
    private static final String LINE_ENDS = "\n\r\u000b\f\u2028\u2029";
    private static final Pattern AMPERSAND = Pattern.compile("(?i)&amp;");

    /**
     * pycocoevalcap's list. It is in upper case, so the lower-case token {@code -lrb-} is not on
     * it.
     */
    private static final Set<String> PUNCTUATION =
            Set.of(
                    "''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",",
                    ":", "-", "--", "...", ";");

    private final LazyDfa automaton = new LazyDfa(GRAMMAR.automaton());
    private final Map<Nfa, LazyDfa> parts = new HashMap<>();

    /**
     * The words of a caption as pycocoevalcap compares them: the tokens without punctuation,
     * separated by single blanks. A character that ends a line counts as a blank.
     */
    public String words(String caption) {
        String line = PythonText.stripEnd(String.join(" ", tokens(blanked(caption))));
        StringBuilder words = new StringBuilder(line.length());
        String between = "";
        for (String token : line.split(" ", -1)) {
            if (!PUNCTUATION.contains(token)) {
                words.append(between).append(token);
                between = " ";
            }
        }
        return words.toString();
    }

    /**
     * Whether a caption contains a character, other than the line feed, at which CoreNLP ends a
     * line.
     */
    public static boolean endsLineWithin(String caption) {
        return caption.chars().anyMatch(c -> c != '\n' && LINE_ENDS.indexOf(c) >= 0);
    }

    /**
     * The tokens of a caption up to its first line end, as if the next line began with a lower-case
     * letter.
     */
    public List<String> tokens(String caption) {
        return cut(caption + "\n" + SMALL_LETTER);
    }

    /**
     * The tokens of a caption that is followed by the line {@code next}; null if the input ends.
     */
    public List<String> tokens(String caption, String next) {
        return cut(next == null ? caption : caption + "\n" + next);
    }

    private static String blanked(String caption) {
        String blanked = caption;
        for (char end : LINE_ENDS.toCharArray()) {
            blanked = blanked.replace(end, ' ');
        }
        return blanked;
    }

    private List<String> cut(String text) {
        List<String> tokens = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = automaton.match(text, at, text.length());
            if (end < 0) {
                at++;
                continue;
            }
            Grammar.Rule rule = GRAMMAR.rules().get(automaton.matchedRule());
            if (rule.tail() != null) {
                end = split(text, at, end, rule);
            }
            String found = text.substring(at, end);
            switch (rule.action()) {
                case "end" -> {
                    return tokens;
                }
                case "drop" -> {}
                case "token" -> tokens.add(plain(found));
                case "quotes" -> tokens.add(plain(quotes(found)));
                case "asis" -> tokens.add(lower(found));
                case "tag" -> tokens.add(lower(found).replace(' ', '\u00a0'));
                case "blanks" ->
                        tokens.add(
                                lower(found)
                                        .replace(' ', '\u00a0')
                                        .replace("(", "-lrb-")
                                        .replace(")", "-rrb-"));
                case "stop" -> {
                    tokens.add(plain(found));
                    end--; // reads the full stop again
                }
                default -> tokens.add(rule.action());
            }
            at = end;
        }
        return tokens;
    }

    /** The end of the longest head whose tail matches the whole rest. */
    private int split(String text, int from, int to, Grammar.Rule rule) {
        LazyDfa head = parts.computeIfAbsent(rule.head(), LazyDfa::new);
        LazyDfa tail = parts.computeIfAbsent(rule.tail(), LazyDfa::new);
        for (int at = to - 1; at > from; at--) {
            if (head.match(text, from, at) == at && tail.match(text, at, to) == to) {
                return at;
            }
        }
        throw new IllegalStateException("no tail matches in " + text.substring(from, to));
    }

    /**
     * The token in lower case without soft hyphens; a token of soft hyphens alone becomes a hyphen.
     */
    private static String plain(String found) {
        String kept = found.indexOf('&') < 0 ? found : AMPERSAND.matcher(found).replaceAll("&");
        String plain = lower(kept.replace("\u00ad", ""));
        return plain.isEmpty() ? "-" : plain;
    }

    private static String lower(String found) {
        return found.toLowerCase(Locale.ROOT);
    }

    private static String quotes(String found) {
        StringBuilder quotes = new StringBuilder();
        for (char c : found.replace("&apos;", "'").toCharArray()) {
            switch (c) {
                case '\u0091', '\u2018', '\u201b', '\u2039' -> quotes.append('`');
                case '\u0092', '\u2019', '\u203a' -> quotes.append('\'');
                case '\u0093', '\u201c', '\u00ab' -> quotes.append("``");
                case '\u0094', '\u201d', '\u00bb' -> quotes.append("''");
                default -> quotes.append(c);
            }
        }
        return quotes.toString();
    }
}
