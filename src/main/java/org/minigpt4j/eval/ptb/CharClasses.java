package org.minigpt4j.eval.ptb;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Divides the 65,536 UTF-16 units into classes of units that no expression of a grammar
 * distinguishes. A state of the automaton then needs one cell per class instead of one per unit.
 */
final class CharClasses {

    private final short[] classOf = new short[1 << 16];
    private final List<Character> examples = new ArrayList<>();

    /** Finds the fewest classes such that each of {@code sets} is a union of classes. */
    CharClasses(Set<BitSet> sets) {
        examples.add(null);
        for (BitSet set : sets) {
            split(set);
        }
        for (int unit = 0; unit < classOf.length; unit++) {
            examples.set(classOf[unit], (char) unit);
        }
    }

    /**
     * Splits each class that is only partly in {@code set}; its units in {@code set} form a new
     * class.
     */
    private void split(BitSet set) {
        int[] outside = new int[examples.size()];
        for (int unit = set.nextClearBit(0); unit < classOf.length; ) {
            outside[classOf[unit]]++;
            unit = set.nextClearBit(unit + 1);
        }
        Map<Short, Short> fresh = new HashMap<>();
        for (int unit = set.nextSetBit(0); unit >= 0; unit = set.nextSetBit(unit + 1)) {
            short old = classOf[unit];
            if (outside[old] > 0) {
                classOf[unit] = fresh.computeIfAbsent(old, key -> added());
            }
        }
    }

    private short added() {
        examples.add(null);
        return (short) (examples.size() - 1);
    }

    int size() {
        return examples.size();
    }

    int of(char unit) {
        return classOf[unit];
    }

    /** The classes whose union is {@code set}. */
    BitSet in(BitSet set) {
        BitSet classes = new BitSet();
        for (int c = 0; c < examples.size(); c++) {
            classes.set(c, set.get(examples.get(c)));
        }
        return classes;
    }
}
