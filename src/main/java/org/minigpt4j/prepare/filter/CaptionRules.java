package org.minigpt4j.prepare.filter;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;

/**
 * Which captions are kept. Lengths count code points and words (runs between white space) of the
 * caption without white space at its ends.
 *
 * @param maxChars and {@code maxWords} are without limit when 0
 * @param script a Unicode script such as {@code LATIN} or {@code HAN}, or empty for any
 * @param minScriptShare of a caption's letters that must be of the script, 0 to 1
 * @param minLetterShare of a caption's characters, white space aside, that must be letters, 0 to 1
 */
public record CaptionRules(
        int minChars,
        int maxChars,
        int minWords,
        int maxWords,
        String script,
        double minScriptShare,
        double minLetterShare)
        implements Serializable {

    /** Checks the numbers and that the script exists. */
    public CaptionRules {
        if (!script.isEmpty()) {
            Character.UnicodeScript.forName(script);
        }
        if (minChars < 0 || maxChars < 0 || minWords < 0 || maxWords < 0) {
            throw new IllegalArgumentException("lengths of captions cannot be negative");
        }
    }

    /** Anything but an empty caption. */
    public static CaptionRules defaults() {
        return new CaptionRules(1, 0, 1, 0, "", 0, 0);
    }

    /** Why the caption is not wanted, in the same words for the same rule; empty if it is. */
    public Optional<String> reject(String caption) {
        if (caption == null) {
            return Optional.of("caption missing");
        }
        String text = caption.strip();
        int chars = text.codePointCount(0, text.length());
        int words = text.isEmpty() ? 0 : text.split("\\s+").length;
        if (chars < minChars) {
            return Optional.of("caption shorter than " + minChars + " characters");
        } else if (maxChars > 0 && chars > maxChars) {
            return Optional.of("caption longer than " + maxChars + " characters");
        } else if (words < minWords) {
            return Optional.of("caption shorter than " + minWords + " words");
        } else if (maxWords > 0 && words > maxWords) {
            return Optional.of("caption longer than " + maxWords + " words");
        }
        return rejectByLetters(text);
    }

    private Optional<String> rejectByLetters(String text) {
        if (minLetterShare <= 0 && (script.isEmpty() || minScriptShare <= 0)) {
            return Optional.empty();
        }
        long visible = text.codePoints().filter(c -> !Character.isWhitespace(c)).count();
        long letters = text.codePoints().filter(CaptionRules::isLetter).count();
        if (letters < minLetterShare * visible) {
            return Optional.of("caption of too few letters");
        }
        if (!script.isEmpty()) {
            Character.UnicodeScript wanted = Character.UnicodeScript.forName(script);
            long fitting =
                    text.codePoints()
                            .filter(CaptionRules::isLetter)
                            .filter(c -> belongs(Character.UnicodeScript.of(c), wanted))
                            .count();
            if (fitting < minScriptShare * letters || letters == 0 && minScriptShare > 0) {
                return Optional.of("caption not in " + script.toLowerCase(Locale.ROOT) + " script");
            }
        }
        return Optional.empty();
    }

    /** Marks count with the letters they sit on, which Indic scripts are full of. */
    private static boolean isLetter(int c) {
        int type = Character.getType(c);
        return Character.isLetter(c)
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    private static boolean belongs(Character.UnicodeScript script, Character.UnicodeScript wanted) {
        return script == wanted
                || script == Character.UnicodeScript.INHERITED
                || script == Character.UnicodeScript.COMMON;
    }
}
