package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

class TestProcessTest {

    private static final Path TESTS = Path.of("src", "test", "java");
    private static final Pattern VARIABLE =
            Pattern.compile(
                    "ProcessBuilder\\s+(\\w+)\\s*=|var\\s+(\\w+)\\s*=\\s*new ProcessBuilder");

    @Test
    void aLateProcessEndsAndSoDoesWhoeverItWouldHaveKeptWaiting() throws Exception {
        var builder = new ProcessBuilder("sh", "-c", "echo begun; sleep 600");
        Process other = TestProcess.start(builder.redirectErrorStream(true));
        Process late = TestProcess.start(builder, Duration.ofMillis(300));
        assertEquals("begun\n", new String(late.getInputStream().readAllBytes()));
        assertEquals("begun\n", new String(other.getInputStream().readAllBytes()));
        assertNotEquals(0, late.waitFor());
        assertNotEquals(0, other.waitFor());
    }

    /** A process started past it could keep the build waiting for ever. */
    @Test
    void noTestStartsAProcessWithoutADeadline() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(TESTS)) {
            for (Path file : tree.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (!file.getFileName().toString().startsWith("TestProcess")) {
                    String code = Files.readString(file).replaceAll("\\s+", " ");
                    starts(code).forEach(start -> found.add(file + start));
                }
            }
        }
        assertEquals(List.of(), found, "start it by TestProcess");
    }

    private static List<String> starts(String code) {
        List<String> builders = new ArrayList<>(List.of("new ProcessBuilder\\("));
        Matcher variable = VARIABLE.matcher(code);
        while (variable.find()) {
            String name = variable.group(1) == null ? variable.group(2) : variable.group(1);
            builders.add("\\b" + name + "\\s*\\.");
        }
        List<String> found = new ArrayList<>();
        for (String statement : code.split("[;{}]")) {
            for (String builder : builders) {
                if (Pattern.compile(builder + ".*\\.?\\s?start\\(\\)").matcher(statement).find()) {
                    found.add(": " + statement.strip());
                }
            }
        }
        return found;
    }

    @Test
    void theCheckFindsOne() {
        assertEquals(1, starts("a; Process p = new ProcessBuilder(x).inheritIO().start();").size());
        String variable = "ProcessBuilder b = new ProcessBuilder(x); return b.start();";
        assertEquals(1, starts(variable).size());
        assertEquals(0, starts("TestProcess.start(new ProcessBuilder(x)); thread.start();").size());
    }
}
