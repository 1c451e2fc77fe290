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
                        "WARN  LogLinesTest: three",
                        "WARN  LogLinesTest: http://***@host/x?a=1&token=***&b=2 a?[2Jb",
                        "WARN  LogLinesTest: /x?X-Amz-Signature=*** and Authorization: Bearer ***",
                        "WARN  LogLinesTest: MLFLOW_TRACKING_TOKEN=*** fs.s3a.secret.key=***",
                        "WARN  LogLinesTest: {\"password\": \"***\"} for *** and ***",
                        "WARN  LogLinesTest: Lost task 0.0: java.lang.OutOfMemoryError: Java heap",
                        "ERROR LogLinesTest: failed: one",
                        "Caused by: two",
                        "Driver stacktrace:",
                        "WARN  LogLinesTest: 77 tokens, image_token: <unk>, batch=3"),
                lines);
    }

    /** Messages, the first with an exception, others with secrets. */
    static final class Logging {

        private Logging() {}

        public static void main(String[] args) {
            var log = LoggerFactory.getLogger(LogLinesTest.class);
            log.warn("one", new IllegalStateException("the reason"));
            log.warn("two");
            log.warn("three");
            log.warn("http://ann:hush@host/x?a=1&token=hush&b=2 a\u001b[2Jb");
            log.warn("/x?X-Amz-Signature=hush and Authorization: Bearer hush");
            log.warn("MLFLOW_TRACKING_TOKEN=hush fs.s3a.secret.key=hush");
            log.warn(
                    "{\"password\": \"hush\"} for AKIAHUSHHUSHHUSHHUSH and hf_"
                            + "hush1".repeat(5));
            log.warn(
                    "Lost task 0.0: java.lang.OutOfMemoryError: Java heap\n"
                            + "\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)\n"
                            + "\tat scala.Iterator$$anon$10.next(Iterator.scala:628)\n");
            log.error(
                    "failed: one\n"
                            + "\tat a.B.c(Unknown Source)\n"
                            + "Caused by: two\n"
                            + "\tat a.B.d(B.java:1)\n"
                            + "\t... 12 more\n\n"
                            + "Driver stacktrace:");
            log.warn("77 tokens, image_token: <unk>, batch=3");
        }
    }
}
