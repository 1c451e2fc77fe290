package org.minigpt4j.cli.screen;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Handles Ctrl-C and SIGTERM while there is no step to finish. The first signal prints a message
 * and exits through the shutdown hooks; the second one exits immediately without them.
 */
public final class StopAtOnce implements AutoCloseable {

    /** Exit codes are this plus the signal's number, as in shells. */
    private static final int EXIT = 128;

    private final Runnable say;
    private final List<Runnable> before = new ArrayList<>();
    private volatile int received;

    private StopAtOnce(Runnable say) {
        this.say = say;
    }

    /** Starts listening; {@code say} prints that the process is stopping. */
    public static StopAtOnce listen(Runnable say) {
        StopAtOnce stop = new StopAtOnce(say);
        Map.of("INT", 2, "TERM", 15)
                .forEach(
                        (name, number) ->
                                stop.before.add(Signals.on(name, () -> stop.received(number))));
        return stop;
    }

    private void received(int number) {
        if (received != 0) {
            Runtime.getRuntime().halt(EXIT + number);
        }
        received = number;
        say.run();
        // Every interrupted thread would print a stack trace.
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        System.exit(EXIT + number);
    }

    /** Whether a signal was received, so that the process is about to exit. */
    public boolean isReceived() {
        return received != 0;
    }

    /** The exit code after the signal that was received. */
    public int exitCode() {
        return EXIT + received;
    }

    /** Restores the previous handlers, unless a signal is being handled. */
    @Override
    public void close() {
        if (!isReceived()) {
            before.forEach(Runnable::run);
        }
    }
}
