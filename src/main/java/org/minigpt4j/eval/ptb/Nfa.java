package org.minigpt4j.eval.ptb;

import org.minigpt4j.eval.ptb.Expression.Choice;
import org.minigpt4j.eval.ptb.Expression.OneOf;
import org.minigpt4j.eval.ptb.Expression.Repeat;
import org.minigpt4j.eval.ptb.Expression.Sequence;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Several expressions as one nondeterministic automaton (Thompson's construction). A state either
 * consumes a unit of its set and continues to one state, or continues to up to two states without
 * consuming anything.
 */
final class Nfa {

    private final CharClasses classes;
    private BitSet[] consumes = new BitSet[256];
    private int[] next = new int[256];
    private int[] other = new int[256];
    private int[] accepts = new int[256];
    private int size;
    private final int start;

    /** Builds an automaton that accepts with the index of the expression in the list. */
    Nfa(CharClasses classes, List<Expression> expressions) {
        this.classes = classes;
        int first = -1;
        for (int rule = expressions.size() - 1; rule >= 0; rule--) {
            int end = state(null, -1, -1);
            accepts[end] = rule;
            int begin = before(expressions.get(rule), end);
            first = first < 0 ? begin : state(null, begin, first);
        }
        start = first;
    }

    CharClasses classes() {
        return classes;
    }

    int start() {
        return start;
    }

    int size() {
        return size;
    }

    /** Index of the expression that {@code state} accepts, or -1. */
    int accepts(int state) {
        return accepts[state];
    }

    /** The state after consuming a unit of {@code unitClass}, or -1. */
    int step(int state, int unitClass) {
        return consumes[state] != null && consumes[state].get(unitClass) ? next[state] : -1;
    }

    /**
     * Adds {@code state}, and all states that it reaches without consuming anything, to {@code
     * reached}.
     */
    void close(int state, BitSet reached) {
        for (int at = state; at >= 0 && !reached.get(at); at = other[at]) {
            reached.set(at);
            if (consumes[at] != null) {
                return;
            }
            close(next[at], reached);
        }
    }

    /** Whether the state consumes a unit or accepts. */
    boolean matters(int state) {
        return consumes[state] != null || accepts[state] >= 0;
    }

    private int state(BitSet set, int to, int alternative) {
        if (size == next.length) {
            consumes = Arrays.copyOf(consumes, 2 * size);
            next = Arrays.copyOf(next, 2 * size);
            other = Arrays.copyOf(other, 2 * size);
            accepts = Arrays.copyOf(accepts, 2 * size);
        }
        consumes[size] = set;
        next[size] = to;
        other[size] = alternative;
        accepts[size] = -1;
        return size++;
    }

    /**
     * Builds the states of {@code expression} in front of the state {@code after} and returns the
     * first.
     */
    private int before(Expression expression, int after) {
        if (expression instanceof OneOf one) {
            return state(classes.in(one.units()), after, -1);
        }
        if (expression instanceof Sequence sequence) {
            int to = after;
            for (int i = sequence.parts().size() - 1; i >= 0; i--) {
                to = before(sequence.parts().get(i), to);
            }
            return to;
        }
        if (expression instanceof Choice choice) {
            int first = -1;
            for (Expression option : choice.options()) {
                int begin = before(option, after);
                first = first < 0 ? begin : state(null, begin, first);
            }
            return first;
        }
        Repeat repeat = (Repeat) expression;
        int to = after;
        if (repeat.most() < 0) {
            int loop = state(null, -1, after);
            int begin = before(repeat.what(), loop);
            next[loop] = begin;
            to = loop;
        } else {
            for (int i = repeat.least(); i < repeat.most(); i++) {
                to = state(null, before(repeat.what(), to), after);
            }
        }
        for (int i = 0; i < repeat.least(); i++) {
            to = before(repeat.what(), to);
        }
        return to;
    }
}
