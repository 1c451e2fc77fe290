package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.Comparator;

/**
 * One life of a rank. A rank that is restarted after a loss keeps its slot and gets a new life.
 *
 * @param slot its number in the job, from 0
 * @param life a number that grows with each restart of the slot
 */
public record MemberId(int slot, long life) implements Comparable<MemberId>, Serializable {

    private static final Comparator<MemberId> ORDER =
            Comparator.comparingInt(MemberId::slot).thenComparingLong(MemberId::life);

    @Override
    public int compareTo(MemberId other) {
        return ORDER.compare(this, other);
    }

    /**
     * The name in messages: {@code rank 3}, or {@code rank 3 (start 2)} from the second life on.
     */
    @Override
    public String toString() {
        return life == 0 ? "rank " + slot : "rank " + slot + " (start " + (life + 1) + ")";
    }
}
