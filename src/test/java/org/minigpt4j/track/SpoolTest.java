package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.TrackingStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

class SpoolTest {

    @TempDir private Path temp;

    private static Entry points(long step, Map<String, Double> values) {
        return new Entry.Points(100 + step, step, values);
    }

    private static Entry loss(long step) {
        return points(step, Map.of("loss", (double) step));
    }

    @Test
    void everyKindOfEntryComesBackAsItWas() {
        for (Entry entry :
                List.of(
                        points(3, Map.of("a", Double.NaN, "b", -1e300, "c", 1 / 3.0)),
                        points(4, Map.of("i", Double.NEGATIVE_INFINITY)),
                        new Entry.Params(Map.of("k", "line\nbreak \u00fc \"")),
                        new Entry.Tags(Map.of("k", "")),
                        new Entry.Artifact("a/b.png", "/tmp/some file"),
                        new Entry.Status(RunStatus.FAILED, 5),
                        new Entry.Model("m", "model", Map.of("loss", "1")))) {
            assertEquals(entry, Entry.parse(entry.line()));
            assertTrue(!entry.line().contains("\n"), entry.line());
        }
    }

    @Test
    void entriesComeInOrderAcrossFilesAndProcesses() throws Exception {
        int count = 60_000; // several files
        try (Spool spool = Spool.open(temp)) {
            List<Entry> some = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                some.add(points(i, Map.of("loss", (double) i, "another_metric", 1.0, "lr", 0.1)));
                if (some.size() == 500) {
                    spool.append(some);
                    some.clear();
                }
            }
        }
        assertTrue(files().size() > 1, files().toString());
        long next = 0;
        int opened = 0;
        while (next < count) {
            opened++;
            try (Spool spool = Spool.open(temp)) {
                for (int i = 0; i < 50 && next < count; i++) {
                    Spool.Batch batch = spool.next().orElseThrow();
                    int points = 0;
                    for (Entry entry : batch.entries()) {
                        assertEquals(next++, ((Entry.Points) entry).step());
                        points += ((Entry.Points) entry).values().size();
                    }
                    assertTrue(points <= TrackingStore.MOST_POINTS, "" + points);
                    spool.acknowledge(batch);
                }
            }
        }
        assertTrue(opened > 2, "" + opened);
        try (Spool spool = Spool.open(temp)) {
            assertTrue(spool.next().isEmpty());
            assertEquals(1, files().size(), "delivered files stay: " + files());
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(temp)) {
            return all.filter(file -> file.toString().endsWith(".jsonl")).toList();
        }
    }

    @Test
    void whatWasNotAcknowledgedComesAgain() throws Exception {
        try (Spool spool = Spool.open(temp)) {
            spool.append(List.of(loss(1), new Entry.Tags(Map.of("a", "b")), loss(2)));
            assertEquals(List.of(loss(1)), spool.next().orElseThrow().entries());
            assertEquals(List.of(loss(1)), spool.next().orElseThrow().entries());
            spool.acknowledge(spool.next().orElseThrow());
        }
        try (Spool spool = Spool.open(temp)) {
            assertEquals(
                    List.of(new Entry.Tags(Map.of("a", "b"))),
                    spool.next().orElseThrow().entries());
            assertEquals(2, spool.pending());
        }
    }

    @Test
    void stepsThatAreDoneAgainAreDropped() throws Exception {
        try (Spool spool = Spool.open(temp)) {
            spool.append(LongStream.rangeClosed(1, 5).mapToObj(SpoolTest::loss).toList());
            spool.acknowledge(spool.next().orElseThrow());
            spool.append(List.of(loss(6)));
        }
        try (Spool spool = Spool.open(temp)) {
            spool.append(LongStream.rangeClosed(3, 8).mapToObj(SpoolTest::loss).toList());
            spool.append(List.of(points(2, Map.of("loss", 9.0, "other", 1.0))));
            assertEquals(
                    List.of(loss(6), loss(7), loss(8), points(2, Map.of("other", 1.0))),
                    spool.next().orElseThrow().entries());
            assertEquals(9, spool.nextStep("loss"));
            assertEquals(0, spool.nextStep("unknown"));
        }
    }

    @Test
    void aLineThatACrashCutShortIsDropped() throws Exception {
        try (Spool spool = Spool.open(temp)) {
            spool.append(List.of(loss(1)));
        }
        Files.writeString(files().get(0), "points {\"times", StandardOpenOption.APPEND);
        try (Spool spool = Spool.open(temp)) {
            spool.append(List.of(loss(2)));
            assertEquals(List.of(loss(1), loss(2)), spool.next().orElseThrow().entries());
        }
    }

    @Test
    void linesThatALossOfPowerTookAreNotMistakenForOthers() throws Exception {
        try (Spool spool = Spool.open(temp)) {
            spool.append(List.of(loss(1), loss(2)));
            spool.acknowledge(spool.next().orElseThrow());
        }
        Files.writeString(files().get(0), "");
        try (Spool spool = Spool.open(temp)) {
            spool.append(List.of(loss(2), loss(3)));
            assertEquals(List.of(loss(3)), spool.next().orElseThrow().entries());
        }
    }

    @Test
    void remembersHowTheRunEnded() throws Exception {
        try (Spool spool = Spool.open(temp)) {
            assertTrue(!spool.hasEnded());
            spool.append(List.of(new Entry.Status(RunStatus.KILLED, 1)));
            assertTrue(spool.hasEnded());
            spool.acknowledge(spool.next().orElseThrow());
        }
        try (Spool spool = Spool.open(temp)) {
            assertTrue(spool.hasEnded());
            spool.append(List.of(new Entry.Status(RunStatus.RUNNING, 2)));
            assertTrue(!spool.hasEnded());
        }
    }
}
