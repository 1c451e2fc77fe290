package org.minigpt4j.cluster.protocol;

import java.time.Duration;

/**
 * When a rank counts as lost and when a run continues without it.
 *
 * @param hosts ranks that a run wants
 * @param minHosts ranks below which it waits
 * @param gathering how long it waits for all of them at the start before it is content with {@code
 *     minHosts}
 * @param silence without a word from a rank after which it is lost
 * @param closed without a word from a rank whose connection broke after which it is lost
 * @param rejoin after which a rank that was lost may come back for the first time; it doubles
 * @param waiting how long a run waits below {@code minHosts} before it ends
 * @param faultsAtOneStep losses without a step in between that end a run
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

    /** The usual times for a run of so many ranks. */
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
