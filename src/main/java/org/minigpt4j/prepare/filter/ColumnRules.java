package org.minigpt4j.prepare.filter;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Thresholds on the columns that some lists have beside address and caption, such as LAION's {@code
 * punsafe}, {@code pwatermark}, {@code similarity}, {@code NSFW}, {@code WIDTH} and {@code HEIGHT}.
 * A column that a row does not have, or where it has nothing, rejects nothing. Names are matched
 * without regard to case.
 */
public record ColumnRules(List<Rule> rules) implements Serializable {

    /** A rule on one column. */
    public sealed interface Rule extends Serializable permits AtLeast, AtMost, OneOf {

        /** The name of the column. */
        String column();

        /** Whether a value passes; never called without one. */
        boolean passes(Object value);

        /** Why not, in the same words for all rows. */
        String reason();
    }

    /** A number no smaller than {@code bound}, such as the similarity of picture and caption. */
    public record AtLeast(String column, double bound) implements Rule {
        @Override
        public boolean passes(Object value) {
            return number(value) >= bound;
        }

        @Override
        public String reason() {
            return column + " below " + bound;
        }
    }

    /** A number no larger than {@code bound}, such as the probability of a watermark. */
    public record AtMost(String column, double bound) implements Rule {
        @Override
        public boolean passes(Object value) {
            return number(value) <= bound;
        }

        @Override
        public String reason() {
            return column + " above " + bound;
        }
    }

    /** One of some words, without regard to case: {@code NSFW} among {@code [UNLIKELY]}. */
    public record OneOf(String column, List<String> words) implements Rule {
        /** Copies the words. */
        public OneOf {
            words = List.copyOf(words);
        }

        @Override
        public boolean passes(Object value) {
            return words.stream().anyMatch(value.toString().strip()::equalsIgnoreCase);
        }

        @Override
        public String reason() {
            return column + " not among " + words;
        }
    }

    /** Copies the rules. */
    public ColumnRules {
        rules = List.copyOf(rules);
    }

    /** No rules. */
    public static ColumnRules defaults() {
        return new ColumnRules(List.of());
    }

    /** Why the row is not wanted; empty if it is. */
    public Optional<String> reject(Map<String, Object> columns) {
        if (rules.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Object> byName = new HashMap<>();
        columns.forEach((name, value) -> byName.put(name.toLowerCase(Locale.ROOT), value));
        for (Rule rule : rules) {
            Object value = byName.get(rule.column().toLowerCase(Locale.ROOT));
            if (value == null || value instanceof CharSequence text && text.toString().isBlank()) {
                continue;
            }
            try {
                if (!rule.passes(value)) {
                    return Optional.of(rule.reason());
                }
            } catch (NumberFormatException e) {
                return Optional.of(rule.column() + " is not a number");
            }
        }
        return Optional.empty();
    }

    /** A float's decimals count, not its bits; NaN compares as false and so passes no rule. */
    private static double number(Object value) {
        return Double.parseDouble(value.toString().strip());
    }
}
