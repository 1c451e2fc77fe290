package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

class SqliteStoreIT {

    private static final int ROUNDS = 2;
    private static final int WRITERS = 3;

    private final List<Process> writers = new ArrayList<>();

    @AfterEach
    void endWriters() {
        writers.forEach(Process::destroyForcibly);
    }

    @Test
    void processesThatAreKilledWhileAllWriteLeaveAllTheyWereToldWasWritten(@TempDir Path temp)
            throws Exception {
        Path file = temp.resolve("mlflow.db");
        Map<String, Long> told = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            writers.clear();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(
                        TestProcess.start(
                                new ProcessBuilder(
                                                Path.of(
                                                                System.getProperty("java.home"),
                                                                "bin",
                                                                "java")
                                                        .toString(),
                                                "-cp",
                                                System.getProperty("java.class.path"),
                                                StoreWriter.class.getName(),
                                                file.toString(),
                                                "run " + round + i)
                                        .redirectError(ProcessBuilder.Redirect.DISCARD)));
            }
            for (int i = 0; i < WRITERS; i++) {
                Process writer = writers.get(i);
                long last = 0;
                try (BufferedReader lines = writer.inputReader()) {
                    String line = lines.readLine();
                    while (line != null) {
                        last = Long.parseLong(line);
                        if (last == 20 + 7 * i) {
                            writer.toHandle().destroyForcibly(); // leaves its output open
                        }
                        line = lines.readLine();
                    }
                }
                assertTrue(last >= 20, "a writer ended at " + last);
                told.put("run " + round + i, last);
            }
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
            assertEquals("ok", row.getString(1));
        }
        try (SqliteStore store = SqliteStore.open(file, Duration.ofSeconds(60))) {
            List<RunView> runs = store.runs();
            assertEquals(told.keySet(), names(runs));
            for (RunView run : runs) {
                assertEquals("task", run.experiment());
                long last = run.latest().get("loss").step();
                assertTrue(last >= told.get(run.name()), run.name() + " has only " + last);
                assertEquals(
                        LongStream.rangeClosed(1, last).boxed().toList(),
                        store.history(run.id(), "loss").stream().map(Point::step).toList());
            }
        }
    }

    private static Set<String> names(List<RunView> runs) {
        return runs.stream().map(RunView::name).collect(Collectors.toSet());
    }
}
