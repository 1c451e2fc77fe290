package org.minigpt4j.eval.ptb;

import org.minigpt4j.eval.ptb.Expression.Choice;
import org.minigpt4j.eval.ptb.Expression.OneOf;
import org.minigpt4j.eval.ptb.Expression.Repeat;
import org.minigpt4j.eval.ptb.Expression.Sequence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Parses an expression: {@code | ( ) * + ? {2,3} [a-z] [^a-z]}, {@code <name>} for a named one (in
 * brackets too, where it names a set), {@code (?i: )} for either case of the ASCII letters, {@code
 * \\n \\t \\r} and a backslash with {@code u} and four hexadecimal digits. Blanks outside brackets
 * are ignored; a backslash before any other character means that character itself.
 */
final class ExpressionParser {

    private static final int UNITS = 1 << 16;
    private static final Pattern REFERENCE = Pattern.compile("<[A-Za-z]+>");

    private final String text;
    private final Map<String, Expression> named;
    private int at;
    private boolean eitherCase;

    private ExpressionParser(String text, Map<String, Expression> named) {
        this.text = text;
        this.named = named;
    }

    static Expression parse(String text, Map<String, Expression> named) {
        var parser = new ExpressionParser(text, named);
        Expression read = parser.choice();
        if (parser.at < text.length()) {
            throw parser.wrong("unexpected character");
        }
        return read;
    }

    private Expression choice() {
        List<Expression> options = new ArrayList<>(List.of(sequence()));
        while (peek() == '|') {
            at++;
            options.add(sequence());
        }
        return options.size() == 1 ? options.get(0) : new Choice(options);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        for (int next = peek(); next >= 0 && next != '|' && next != ')'; next = peek()) {
            parts.add(repeated(single()));
        }
        return parts.size() == 1 ? parts.get(0) : new Sequence(parts);
    }

    private Expression repeated(Expression what) {
        Expression result = what;
        while (true) {
            switch (peek()) {
                case '*' -> result = new Repeat(result, 0, -1);
                case '+' -> result = new Repeat(result, 1, -1);
                case '?' -> result = new Repeat(result, 0, 1);
                case '{' -> {
                    int end = text.indexOf('}', at);
                    result = bounded(result, text.substring(at + 1, end));
                    at = end;
                }
                default -> {
                    return result;
                }
            }
            at++;
        }
    }

    /** {@code {2}}, {@code {2,}} or {@code {2,3}}. */
    private static Repeat bounded(Expression what, String bounds) {
        int comma = bounds.indexOf(',');
        int least = Integer.parseInt(comma < 0 ? bounds : bounds.substring(0, comma));
        String most = bounds.substring(comma + 1);
        return new Repeat(what, least, most.isEmpty() ? -1 : Integer.parseInt(most));
    }

    private Expression single() {
        int sign = peek();
        switch (sign) {
            case '(' -> {
                at++;
                boolean outer = eitherCase;
                if (text.startsWith("?i:", at)) {
                    eitherCase = true;
                    at += 3;
                }
                Expression inside = choice();
                if (peek() != ')') {
                    throw wrong("unclosed bracket");
                }
                at++;
                eitherCase = outer;
                return inside;
            }
            case '[' -> {
                return new OneOf(set());
            }
            default -> {
                if (atReference()) {
                    return reference();
                }
                BitSet unit = new BitSet(UNITS);
                unit.set(unit());
                return new OneOf(cased(unit));
            }
        }
    }

    private boolean atReference() {
        return REFERENCE.matcher(text).region(at, text.length()).lookingAt();
    }

    private Expression reference() {
        int end = text.indexOf('>', at);
        String name = text.substring(at + 1, end);
        Expression found = named.get(name);
        if (found == null) {
            throw wrong("no expression is named " + name);
        }
        at = end + 1;
        return found;
    }

    private BitSet set() {
        at++;
        boolean without = text.charAt(at) == '^';
        if (without) {
            at++;
        }
        BitSet set = new BitSet(UNITS);
        while (text.charAt(at) != ']') {
            if (atReference()) {
                set.or(((OneOf) reference()).units());
                continue;
            }
            int first = unit();
            int last = first;
            if (text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                at++;
                last = unit();
            }
            set.set(first, last + 1);
        }
        at++;
        BitSet result = cased(set);
        if (without) {
            result.flip(0, UNITS);
        }
        return result;
    }

    /** Reads the unit at the current position and moves past it. */
    private int unit() {
        char sign = text.charAt(at++);
        if (sign != '\\') {
            return sign;
        }
        char escaped = text.charAt(at++);
        switch (escaped) {
            case 'n' -> {
                return '\n';
            }
            case 'r' -> {
                return '\r';
            }
            case 't' -> {
                return '\t';
            }
            case 'u' -> {
                at += 4;
                return Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> {
                return escaped;
            }
        }
    }

    private BitSet cased(BitSet set) {
        if (eitherCase) {
            for (int lower = 'a'; lower <= 'z'; lower++) {
                int[] same = sameLetter(lower);
                if (Arrays.stream(same).anyMatch(set::get)) {
                    Arrays.stream(same).forEach(set::set);
                }
            }
        }
        return set;
    }

    /** The upper and lower case of a letter, and the few non-ASCII letters that fold to it. */
    private static int[] sameLetter(int lower) {
        int upper = lower - 'a' + 'A';
        return switch (lower) {
            case 'i' -> new int[] {lower, upper, 0x130, 0x131};
            case 's' -> new int[] {lower, upper, 0x17f};
            case 'k' -> new int[] {lower, upper, 0x212a};
            default -> new int[] {lower, upper};
        };
    }

    /** The next character that is not a blank; -1 at the end. */
    private int peek() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at < text.length() ? text.charAt(at) : -1;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("%s at character %d of %s".formatted(what, at, text));
    }
}
