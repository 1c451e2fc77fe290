package org.minigpt4j.cli.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.cli.Main;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.track.store.RunStatus;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What {@code launch/track} says to a person who mistypes something. */
class TrackCommandTest {

    @TempDir private Path temp;

    @BeforeEach
    void recordARun() {
        TrackerSettings settings =
                new TrackerSettings(
                        "sqlite:///" + store(),
                        "task",
                        "a run",
                        Duration.ofSeconds(60),
                        Duration.ZERO,
                        TrackingEnvironment.of(Map.of(), "me"));
        Tracker tracker = Tracker.open(temp.resolve("out"), settings, Optional.empty(), true);
        tracker.points(1, Map.of("loss", 2.0));
        tracker.points(2, Map.of("loss", 1.0));
        tracker.end(RunStatus.FINISHED);
        tracker.close();
    }

    private Path store() {
        return temp.resolve("mlflow.db");
    }

    /** Runs a command on the store; gives what it printed. */
    private String run(int code, String... words) {
        List<String> arguments = new ArrayList<>(List.of("track"));
        arguments.addAll(List.of(words));
        if (!words[0].equals("sync")) {
            arguments.addAll(List.of("--store", store().toString()));
        }
        StringWriter printed = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(printed, true));
        command.setErr(new PrintWriter(printed, true));
        assertEquals(
                code,
                command.execute(arguments.toArray(String[]::new)),
                arguments + "\n" + printed);
        return printed.toString();
    }

    @Test
    void aFileIsNoFolderForCurvesAndFigures() throws Exception {
        Path file = Files.writeString(temp.resolve("afile"), "precious");
        for (String command : List.of("compare", "export")) {
            String said = run(2, command, "a run", "--out", file.toString());
            assertTrue(said.contains(file + " is a file, not a folder"), said);
        }
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void aMetricThatNoRunHasIsAMistake() {
        Path out = temp.resolve("curves");
        String said = run(2, "compare", "a run", "--metrics", "loss,nosuch", "--out", "" + out);
        assertTrue(said.contains("nosuch") && said.contains("they have [loss]"), said);
        assertFalse(Files.exists(out));
        run(0, "compare", "a run", "--out", out.toString());
        assertTrue(Files.exists(out.resolve("loss.png")));
        assertFalse(Files.exists(out.resolve("samples_per_s.png")), "is empty");
    }

    @Test
    void aBandIsMadeOfRunsAndOthersAreHeldAgainstIt() throws Exception {
        Path one = folder("one", 2.0, 1.0);
        Path two = folder("two", 2.1, 1.1);
        Path band = temp.resolve("band.json");
        String made = run(0, "make-band", "" + one, "" + two, "--out", "" + band, "--window", "1");
        assertTrue(made.contains("loss of 2 runs at 2 steps"), made);
        String inside = run(0, "verify-curve", "a run", "--band", "" + band);
        assertTrue(inside.contains("is inside the band: 2 of 2 limits"), inside);
        Path high = folder("high", 2.0, 9.0);
        String outside = run(1, "verify-curve", "" + high, "--band", "" + band);
        assertTrue(outside.contains("loss of high leaves the band at step 2: 9.0000"), outside);
        assertTrue(outside.contains("above"), outside);
        String unknown = run(2, "verify-curve", "a run", "--band", "nosuch");
        assertTrue(unknown.contains("there is no file nosuch"), unknown);
        run(2, "make-band", "" + one, "" + two, "--out", "" + band, "--metric", "nosuch");
    }

    /** The output folder of a run with these losses. */
    private Path folder(String name, double... losses) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(name));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < losses.length; i++) {
            lines.append("{\"step\": %d, \"loss\": %s}\n".formatted(i + 1, "" + losses[i]));
        }
        Files.writeString(folder.resolve("metrics.jsonl"), lines);
        return folder;
    }

    @Test
    void anEmptyNameMeansNoRun() {
        String said = run(2, "show", "");
        assertTrue(said.contains("name a run"), said);
    }

    @Test
    void syncShowsTheAddressOfARunThatIsNotOnesOwn() {
        String said = run(0, "sync", temp.toString());
        assertTrue(said.contains("run a run of me was not started by you"), said);
        assertTrue(said.contains("it goes to sqlite:///" + store() + " with --all"), said);
        assertFalse(said.contains("0 left"), said);
    }

    @Test
    void namesAndTagsDoNotSteerTheTerminal() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + store());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE runs SET name = 'x' || char(27) || '[2J' || char(8238) || 'y'");
            statement.executeUpdate("UPDATE tags SET value = 'a' || char(7, 13) || 'b'");
            statement.executeUpdate(
                    "UPDATE experiments SET name = replace(hex(zeroblob(999999)), '00', 'z') WHERE"
                            + " name = 'task'");
        }
        for (String said : List.of(run(0, "list"), run(0, "show", "x"))) {
            assertFalse(said.matches("(?s).*[\\x00-\\x08\\x0b-\\x1f\\u202e].*"), said);
            assertTrue(said.contains("x\uFFFD[2J\uFFFDy"), said);
            assertTrue(said.length() < 60_000, () -> said.length() + " characters");
        }
    }

    @Test
    void syncNamesWhatItCannotRead() throws IOException {
        assertTrue(run(0, "sync", "--all", temp.toString()).contains("0 left"));
        try (Stream<Path> files = Files.walk(temp.resolve("out"))) {
            Path note =
                    files.filter(file -> file.endsWith("acknowledged.json"))
                            .findFirst()
                            .orElseThrow();
            Files.writeString(note, "");
            String said = run(1, "sync", "--all", temp.toString());
            assertTrue(said.contains(note + " is damaged"), said);
        }
    }
}
