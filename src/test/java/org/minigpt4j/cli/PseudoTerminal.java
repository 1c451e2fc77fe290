package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.minigpt4j.Resources;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command on a terminal of its own, made by Python's {@code pty}. */
final class PseudoTerminal implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(150);

    private final Process process;
    private final Thread reader;
    private final StringBuilder shown = new StringBuilder();
    private final long deadline = System.nanoTime() + PATIENCE.toNanos();
    private boolean ended;

    /** Starts a command on a terminal of so many columns. */
    PseudoTerminal(int columns, Path folder, List<String> command) throws IOException {
        List<String> all = new ArrayList<>();
        all.addAll(
                List.of(
                        "python3",
                        Resources.path("org/minigpt4j/cli/pseudo_terminal.py").toString()));
        all.add(Integer.toString(columns));
        all.addAll(command);
        process =
                TestProcess.start(
                        new ProcessBuilder(all)
                                .directory(folder.toAbsolutePath().toFile())
                                .redirectErrorStream(true));
        reader = new Thread(this::read, "terminal");
        reader.start();
    }

    /** Skips a test where there is no Python to make a terminal. */
    static void require() throws InterruptedException {
        boolean there;
        try {
            String check = "import pty, os; os.waitstatus_to_exitcode";
            there = TestProcess.start(new ProcessBuilder("python3", "-c", check)).waitFor() == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeTrue(there, "no python3 from 3.9 on, which makes the terminal");
    }

    private void read() {
        byte[] some = new byte[8192];
        try (var in = process.getInputStream()) {
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                synchronized (shown) {
                    shown.append(new String(some, 0, n, StandardCharsets.UTF_8));
                    shown.notifyAll();
                }
            }
        } catch (IOException e) {
            // It was ended.
        }
        synchronized (shown) {
            ended = true;
            shown.notifyAll();
        }
    }

    /** Waits until a text is shown. */
    void await(String text) throws InterruptedException {
        synchronized (shown) {
            while (shown.indexOf(text) < 0) {
                if (ended || left() <= 0) {
                    fail("'" + text + "' is not shown, only:\n" + shown);
                }
                shown.wait(Math.max(1, left()));
            }
        }
    }

    private long left() {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    /** Presses Ctrl-C. */
    void controlC() throws IOException {
        OutputStream keys = process.getOutputStream();
        keys.write(3);
        keys.flush();
    }

    /** Sends a signal to the command alone. */
    void signal(String name) throws IOException, InterruptedException {
        TestProcess.start(
                        new ProcessBuilder(
                                "kill",
                                "-" + name,
                                shown().lines().findFirst().orElseThrow().strip()))
                .waitFor();
    }

    /** The exit code. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(Math.max(1, left()), TimeUnit.MILLISECONDS)) {
            fail("it does not end; it shows:\n" + shown());
        }
        reader.join();
        assertFalse(shown().contains("THE TERMINAL WAS CHANGED"), shown());
        return process.exitValue();
    }

    /** All that was shown so far. */
    String shown() {
        synchronized (shown) {
            return shown.toString();
        }
    }

    /** Every state of every line, also of one that was written over. */
    List<String> lines() {
        return Arrays.stream(shown().split("[\\r\\n]+")).map(String::stripTrailing).toList();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
