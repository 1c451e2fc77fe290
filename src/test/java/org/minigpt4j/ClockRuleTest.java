package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The wall clock goes back and forward while a program runs, so nothing measures or waits by it.
 * These classes may ask it, for a date that people or other programs read. Whoever measures takes
 * {@code System.nanoTime}.
 */
class ClockRuleTest {

    private static final Path SOURCES = Path.of("src", "main", "java", "org", "minigpt4j");
    private static final Pattern WALL_CLOCK =
            Pattern.compile(
                    "currentTimeMillis|(?:Instant|Local\\w+|ZonedDateTime|OffsetDateTime|Year)\\.now|new"
                            + " Date\\(|Clock\\.system|GregorianCalendar|Calendar\\.getInstance");

    private static final Set<String> DATES =
            Set.of(
                    // When an answer was given, or a model loaded, in the dialects of others.
                    "chat/server/ApiHandler.java",
                    "chat/server/Completions.java",
                    "chat/server/Ollama.java",
                    // How long ago the folder's own clock dated a file.
                    "data/feature/FeaturePart.java",
                    // A host may give a date after which to ask again.
                    "prepare/fetch/Fetcher.java",
                    // When a shard was begun; how long it took is measured by the other clock.
                    "prepare/task/ShardTask.java",
                    // When a run began, told what it tells, and ended: never backwards.
                    "track/EntryQueue.java",
                    "track/TrackedRuns.java",
                    "track/TrackerSettings.java",
                    "track/SpoolReplay.java",
                    "track/store/SqliteModels.java",
                    "track/store/SqliteRuns.java");

    @Test
    void onlyDatesComeFromTheWallClock() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> tree = Files.walk(SOURCES)) {
            for (Path file : tree.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (WALL_CLOCK.matcher(Files.readString(file)).find()) {
                    found.add(SOURCES.relativize(file).toString());
                }
            }
        }
        assertEquals(new TreeSet<>(DATES), found, "measure by System.nanoTime");
    }
}
