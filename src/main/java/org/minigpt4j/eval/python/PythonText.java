package org.minigpt4j.eval.python;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's {@code str.strip}, {@code rstrip} and {@code split}, with Python's definition of white
 * space.
 */
public final class PythonText {

    private PythonText() {}

    /** Whether Python 3 counts a character as white space. */
    public static boolean isSpace(char c) {
        return c >= '\t' && c <= '\r'
                || c >= 0x1c && c <= ' '
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200a
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** The text without white space at its ends. */
    public static String strip(String text) {
        int begin = 0;
        while (begin < text.length() && isSpace(text.charAt(begin))) {
            begin++;
        }
        return stripEnd(text.substring(begin));
    }

    /** The text without white space at its end. */
    public static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** The words separated by white space; none for an empty text. */
    public static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        int begin = -1;
        for (int at = 0; at <= text.length(); at++) {
            boolean space = at == text.length() || isSpace(text.charAt(at));
            if (space && begin >= 0) {
                words.add(text.substring(begin, at));
                begin = -1;
            } else if (!space && begin < 0) {
                begin = at;
            }
        }
        return words;
    }
}
