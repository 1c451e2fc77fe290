package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.Comparator;

/**
 * One life of a rank. A rank that was lost and started again keeps its slot and has another life.
 *
 * @param slot its place in the job, from 0
 * @param life larger in each later start of the slot
 */
public record MemberId(int slot, long life) implements Comparable<MemberId>, Serializable {

    private static final Comparator<MemberId> ORDER =
            Comparator.comparingInt(MemberId::slot).thenComparingLong(MemberId::life);

    @Override
    public int compareTo(MemberId other) {
        return ORDER.compare(this, other);
    }

    /** As people read it: {@code rank 3}, and from its second life on {@code rank 3 (start 2)}. */
    @Override
    public String toString() {
        return life == 0 ? "rank " + slot : "rank " + slot + " (start " + (life + 1) + ")";
    }
}
