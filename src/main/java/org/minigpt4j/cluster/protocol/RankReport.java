package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.List;

/**
 * What a rank reports to the driver several times a second.
 *
 * @param from who and where
 * @param view the newest view that it knows
 * @param step steps whose result it has
 * @param phase what it does
 * @param unreachable members of this view that it lost the connection to
 * @param pace of its last step
 */
public record RankReport(
        Member from, int view, int step, Phase phase, List<MemberId> unreachable, RankPace pace)
        implements Serializable {

    /** A report of a rank that has not measured a step. */
    public RankReport(Member from, int view, int step, Phase phase, List<MemberId> unreachable) {
        this(from, view, step, phase, unreachable, RankPace.NONE);
    }
}
