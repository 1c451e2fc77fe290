package org.minigpt4j.cluster.protocol;

import java.time.Duration;

/**
 * When a rank counts as lost and when a run continues without it.
 *
 * @param hosts number of ranks that the run asks for
 * @param minHosts the run waits when it has fewer ranks than this
 * @param gathering how long the run waits for all ranks at the start before it begins with {@code
 *     minHosts}
 * @param silence a rank is lost when it sends no report for this long
 * @param closed the same limit for a rank whose connection broke
 * @param rejoin how long a rank must wait after its first loss before it may come back; doubles
 *     with each loss
 * @param waiting how long the run waits with fewer than {@code minHosts} ranks before it ends
 * @param faultsAtOneStep the run ends after more losses than this without a completed step in
 *     between
 */
public record RollRules(
        int hosts,
        int minHosts,
        Duration gathering,
        Duration silence,
        Duration closed,
        Duration rejoin,
        Duration waiting,
        int faultsAtOneStep) {

    /** The usual limits for a run with this many ranks. */
    public static RollRules of(int hosts, int minHosts, Duration silence, Duration waiting) {
        return new RollRules(
                hosts,
                minHosts,
                Duration.ofSeconds(120),
                silence,
                Duration.ofMillis(Math.min(600, silence.toMillis())),
                Duration.ofMillis(500),
                waiting,
                Math.max(8, 3 * hosts));
    }
}
