package org.minigpt4j.eval.ptb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of a grammar text such as {@code ptb.grammar}, compiled for matching. */
final class Grammar {

    private static final String ARROW = " => ";
    private static final String TAIL = " / ";
    private static final String IS = " = ";

    /**
     * A rule: an action for its matches. {@code head} and {@code tail} are null if the rule has no
     * tail.
     */
    record Rule(String action, Nfa head, Nfa tail) {}

    private final List<Rule> rules = new ArrayList<>();
    private final Nfa automaton;

    private record Line(Expression head, Expression tail, String action) {

        Expression whole() {
            return tail == null ? head : new Expression.Sequence(List.of(head, tail));
        }
    }

    /** Parses rules. The text is part of this program, so a syntax error in it is a bug. */
    Grammar(String text) {
        Map<String, Expression> named = new HashMap<>();
        List<Line> lines = new ArrayList<>();
        for (String line : text.replace("\n ", "").split("\n")) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int arrow = line.lastIndexOf(ARROW);
            if (arrow >= 0) {
                String action = line.substring(arrow + ARROW.length());
                lines.add(line(line.substring(0, arrow), action, named));
            } else {
                int is = line.indexOf(IS);
                String expression = line.substring(is + IS.length());
                named.put(line.substring(0, is), ExpressionParser.parse(expression, named));
            }
        }
        Set<BitSet> sets = new LinkedHashSet<>();
        lines.forEach(line -> line.whole().collect(sets));
        CharClasses classes = new CharClasses(sets);
        automaton = new Nfa(classes, lines.stream().map(Line::whole).toList());
        for (Line line : lines) {
            boolean plain = line.tail() == null;
            rules.add(
                    new Rule(
                            line.action(),
                            plain ? null : new Nfa(classes, List.of(line.head())),
                            plain ? null : new Nfa(classes, List.of(line.tail()))));
        }
    }

    private static Line line(String pattern, String action, Map<String, Expression> named) {
        int tail = pattern.indexOf(TAIL);
        if (tail < 0) {
            return new Line(ExpressionParser.parse(pattern, named), null, action);
        }
        return new Line(
                ExpressionParser.parse(pattern.substring(0, tail), named),
                ExpressionParser.parse(pattern.substring(tail + TAIL.length()), named),
                action);
    }

    /** Reads the grammar in the resource {@code name} next to this class. */
    static Grammar resource(String name) {
        try (InputStream in = Grammar.class.getResourceAsStream(name)) {
            return new Grammar(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Rule> rules() {
        return rules;
    }

    Nfa automaton() {
        return automaton;
    }
}
