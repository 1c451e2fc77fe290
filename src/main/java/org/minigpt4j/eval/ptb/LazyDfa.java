package org.minigpt4j.eval.ptb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the longest match of any of an automaton's expressions; among equally long matches, that of
 * the first expression. Deterministic states are built when a text first needs them. Not
 * thread-safe.
 */
final class LazyDfa {

    private static final int UNKNOWN = -1;
    private static final int DEAD = -2;

    private final Nfa nfa;
    private final CharClasses classes;
    private final Map<BitSet, Integer> states = new HashMap<>();
    private final List<int[]> members = new ArrayList<>();
    private int[][] next = new int[64][];
    private int[] accepts = new int[64];
    private int matchedRule;

    LazyDfa(Nfa nfa) {
        this.nfa = nfa;
        this.classes = nfa.classes();
        BitSet first = new BitSet();
        nfa.close(nfa.start(), first);
        state(first);
    }

    /** The end of the longest match that begins at {@code from}, or -1 if there is none. */
    int match(String text, int from, int to) {
        int state = 0;
        int end = -1;
        for (int at = from; at < to; at++) {
            int unitClass = classes.of(text.charAt(at));
            int after = next[state][unitClass];
            if (after == UNKNOWN) {
                after = step(state, unitClass);
            }
            if (after == DEAD) {
                break;
            }
            state = after;
            if (accepts[state] >= 0) {
                end = at + 1;
                matchedRule = accepts[state];
            }
        }
        return end;
    }

    /** Index of the expression that the last successful {@link #match} found. */
    int matchedRule() {
        return matchedRule;
    }

    private int step(int from, int unitClass) {
        BitSet reached = new BitSet();
        for (int member : members.get(from)) {
            nfa.close(nfa.step(member, unitClass), reached);
        }
        int after = reached.isEmpty() ? DEAD : state(reached);
        next[from][unitClass] = after;
        return after;
    }

    private int state(BitSet reached) {
        BitSet core = new BitSet();
        reached.stream().filter(nfa::matters).forEach(core::set);
        Integer known = states.get(core);
        if (known != null) {
            return known;
        }
        int fresh = states.size();
        if (fresh == next.length) {
            next = Arrays.copyOf(next, 2 * fresh);
            accepts = Arrays.copyOf(accepts, 2 * fresh);
        }
        states.put(core, fresh);
        members.add(core.stream().toArray());
        next[fresh] = new int[classes.size()];
        Arrays.fill(next[fresh], UNKNOWN);
        accepts[fresh] = core.stream().map(nfa::accepts).filter(r -> r >= 0).min().orElse(-1);
        return fresh;
    }
}
