package org.minigpt4j;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Starts the processes of tests, each with a deadline. When it passes, every process that was
 * started here and has a deadline of its own to meet ends with its children, so that whoever waits
 * for one or reads what it prints goes on, with an exit code that no test expects and all that was
 * printed until then.
 */
public final class TestProcess {

    /** For a JVM that lives for seconds: compiling less and collecting simply halves its cost. */
    public static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration LIFE_OF_A_SERVER = Duration.ofHours(1);
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    private TestProcess() {}

    /** Starts one that should end within ten minutes. */
    public static Process start(ProcessBuilder builder) throws IOException {
        return start(builder, PATIENCE);
    }

    /** Starts one that should end within {@code patience}. */
    public static Process start(ProcessBuilder builder, Duration patience) throws IOException {
        Process process = builder.start();
        RUNNING.add(process);
        process.onExit()
                .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete(
                        (ended, late) -> {
                            if (late != null) {
                                System.err.printf(
                                        "Ended after %s: %s%n", patience, builder.command());
                                RUNNING.forEach(TestProcess::end);
                            }
                            RUNNING.remove(process);
                        });
        return process;
    }

    /** Starts one that serves the tests of a class and is ended by them. */
    public static Process server(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        process.onExit()
                .orTimeout(LIFE_OF_A_SERVER.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete(
                        (ended, late) -> {
                            if (late != null) {
                                end(process);
                            }
                        });
        return process;
    }

    private static void end(Process process) {
        List<ProcessHandle> below = process.descendants().toList();
        process.toHandle().destroyForcibly(); // which leaves what it printed to be read
        below.forEach(ProcessHandle::destroyForcibly); // after it, or a shell would say so
    }
}
