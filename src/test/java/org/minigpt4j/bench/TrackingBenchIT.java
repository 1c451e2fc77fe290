package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.model.Preset;
import org.minigpt4j.track.RunCatalog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** That the bench measures every store and really tells it steps; not how long they take. */
class TrackingBenchIT {

    /** Steps of many ticks of the processor's clock, which has a hundred a second. */
    private static final int BLOCK = 8;

    @Test
    void everyStoreIsMeasuredAndTheFileHasTheSteps(@TempDir Path temp) throws Exception {
        try (TrackingBench bench = new TrackingBench(Preset.NANO, 1, 4, BLOCK, temp, Map.of())) {
            Map<String, TrackingBench.Ratio> ratios = bench.ratios(0.1);
            assertEquals(Set.of("file", "no server", "silent server"), ratios.keySet());
            assertEquals(ratios.keySet(), bench.tellMicros().keySet());
            ratios.forEach((store, ratio) -> assertTrue(ratio.step().median() > 0, store));
            ratios.forEach((store, ratio) -> assertTrue(ratio.processor().median() > 0, store));
            assertEquals(1, ratios.get("file").time().pairs());
            assertTrue(bench.stepSeconds() > 0);
            // Which is more is not said here: whatever else lives in this JVM counts as well.
            assertTrue(bench.processorMillis(0.01, 1).keySet().containsAll(ratios.keySet()));
        }
        try (RunCatalog catalog =
                new RunCatalog(
                        "sqlite:///" + temp.resolve("mlflow.db"),
                        TrackingEnvironment.of(Map.of(), "me"),
                        Duration.ofSeconds(60))) {
            // Once to warm up, once in the round, and a hundred at a pace.
            assertEquals(2 * BLOCK + 100, catalog.history(catalog.run("file"), "loss").size());
        }
    }
}
