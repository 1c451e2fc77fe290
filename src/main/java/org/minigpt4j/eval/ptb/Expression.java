package org.minigpt4j.eval.ptb;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/** A regular expression over UTF-16 units. */
sealed interface Expression {

    /** Adds every set of units in the expression to {@code sets}. */
    void collect(Set<BitSet> sets);

    /** Any one unit of {@code units}. */
    record OneOf(BitSet units) implements Expression {
        @Override
        public void collect(Set<BitSet> sets) {
            sets.add(units);
        }
    }

    /** The parts in sequence; no parts match the empty text. */
    record Sequence(List<Expression> parts) implements Expression {
        @Override
        public void collect(Set<BitSet> sets) {
            parts.forEach(part -> part.collect(sets));
        }
    }

    /** Any one of the options. */
    record Choice(List<Expression> options) implements Expression {
        @Override
        public void collect(Set<BitSet> sets) {
            options.forEach(option -> option.collect(sets));
        }
    }

    /** {@code what} repeated {@code least} to {@code most} times; -1 for no upper bound. */
    record Repeat(Expression what, int least, int most) implements Expression {
        @Override
        public void collect(Set<BitSet> sets) {
            what.collect(sets);
        }
    }
}
