package org.minigpt4j.prepare.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a folder of shards holds, in aggregates: nothing here grows with the number of pairs.
 *
 * @param totals how much there is and how long it took
 * @param outcomes the pairs by status, successes first, then the most frequent
 * @param causes why pairs failed, the most frequent first; the rest is summed in the last
 * @param hosts where the pairs came from, the largest first
 * @param distinctHosts how many hosts there are, to about 2 %
 * @param histograms sizes, shapes and caption lengths of the pairs that came through
 * @param notices what does not fit together, as whole sentences
 */
public record Figures(
        Totals totals,
        List<Outcome> outcomes,
        List<Cause> causes,
        List<Host> hosts,
        long distinctHosts,
        List<Histogram> histograms,
        List<String> notices) {

    /** Keeps copies. */
    public Figures {
        outcomes = List.copyOf(outcomes);
        causes = List.copyOf(causes);
        hosts = List.copyOf(hosts);
        histograms = List.copyOf(histograms);
        notices = List.copyOf(notices);
    }

    /**
     * Pairs and bytes.
     *
     * @param shards finished shards; others do not count
     * @param pairs rows of the lists, failed ones too
     * @param successes pairs that are in a tar
     * @param tarBytes bytes of the tars
     * @param begin when the first shard began, if it is told
     * @param end when the last shard ended
     * @param shardTime the shards' durations added up
     */
    public record Totals(
            long shards,
            long pairs,
            long successes,
            long tarBytes,
            Optional<Instant> begin,
            Optional<Instant> end,
            Duration shardTime) {

        /** From the first shard's begin to the last one's end; pauses between runs count. */
        public Duration elapsed() {
            return begin.isPresent() && end.isPresent()
                    ? Duration.between(begin.get(), end.get())
                    : Duration.ZERO;
        }

        /** Successes, as a share of the pairs; 0 without pairs. */
        public double successShare() {
            return pairs == 0 ? 0 : (double) successes / pairs;
        }

        /** Successes a second of {@link #elapsed}; 0 where that is not known. */
        public double picturesPerSecond() {
            double seconds = elapsed().toMillis() / 1e3;
            return seconds > 0 ? successes / seconds : 0;
        }
    }

    /** A status, as the tables write it, and how many pairs have it. */
    public record Outcome(String status, long pairs) {}

    /**
     * Why pairs have a status other than success: the message up to its first colon.
     *
     * @param examples addresses of some of the pairs, at most {@link Aggregates#EXAMPLES}
     */
    public record Cause(String status, String cause, long pairs, List<String> examples) {}

    /** A host and what became of its pairs. */
    public record Host(String host, long successes, long failures) {

        long pairs() {
            return successes + failures;
        }
    }
}
