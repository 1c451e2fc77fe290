package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minigpt4j.TestProcess;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.List;

/** The lines of {@code log4j2.xml}, as a process writes them. */
class LogLinesTest {

    @Test
    void eachMessageHasALineOfItsOwn() throws Exception {
        Process process =
                TestProcess.start(
                        new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Dlog4j2.configurationFile="
                                        + Path.of("src/main/resources/log4j2.xml").toUri(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Logging.class.getName()));
        List<String> lines =
                process.errorReader()
                        .lines()
                        .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d ", ""))
                        .toList();
        assertEquals(0, process.waitFor());
        assertEquals(
                List.of(
                        "WARN  LogLinesTest: one",
                        "the reason",
                        "WARN  LogLinesTest: two",
                        "WARN  LogLinesTest: three"),
                lines);
    }

    /** Three messages, the first with an exception. */
    static final class Logging {

        private Logging() {}

        public static void main(String[] args) {
            var log = LoggerFactory.getLogger(LogLinesTest.class);
            log.warn("one", new IllegalStateException("the reason"));
            log.warn("two");
            log.warn("three");
        }
    }
}
