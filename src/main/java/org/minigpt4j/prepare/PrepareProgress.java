package org.minigpt4j.prepare;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How far a preparation is.
 *
 * @param kept samples in finished shards and in those under way
 * @param wanted samples in all; empty if all there are
 * @param byCause pairs tried by this run, by what became of them; {@code success} is one
 * @param keptBytes of the pictures this run kept
 * @param elapsed since this run began to fetch
 */
public record PrepareProgress(
        long kept,
        Optional<Long> wanted,
        Map<String, Long> byCause,
        long keptBytes,
        Duration elapsed) {

    /** Pairs tried by this run. */
    public long tried() {
        return byCause.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Pictures this run kept. */
    public long successes() {
        return byCause.getOrDefault("success", 0L);
    }

    /** When it will be done at the rate so far, if that can be told. */
    public Optional<Duration> left() {
        if (wanted.isEmpty() || successes() == 0) {
            return Optional.empty();
        }
        double each = (double) elapsed.toMillis() / successes();
        return Optional.of(Duration.ofMillis((long) (each * Math.max(0, wanted.get() - kept))));
    }
}
