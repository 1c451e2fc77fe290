package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.List;

/**
 * The report that a rank sends to the driver several times a second.
 *
 * @param from the rank and its address
 * @param view number of the newest view that it knows
 * @param step number of steps whose result it has
 * @param phase its current activity
 * @param unreachable members of this view to which it lost the connection
 * @param pace of its last step
 */
public record RankReport(
        Member from, int view, int step, Phase phase, List<MemberId> unreachable, RankPace pace)
        implements Serializable {

    /** Creates a report of a rank that has not measured a step yet. */
    public RankReport(Member from, int view, int step, Phase phase, List<MemberId> unreachable) {
        this(from, view, step, phase, unreachable, RankPace.NONE);
    }
}
