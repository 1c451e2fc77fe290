package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Handles Ctrl-C and SIGTERM during a run. The first signal makes the run finish its step and save,
 * or stop loading; the second one exits immediately.
 *
 * <p>Where signals cannot be handled, they end the process as usual, and the run later continues
 * from its last checkpoint.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {

    /** Exit codes are this plus the signal's number, as in shells. */
    private static final int EXIT = 128;

    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final PrintWriter out;
    private final List<Runnable> before = new ArrayList<>();
    private volatile int received;
    private volatile String when = "before training begins";

    private StopSignal(PrintWriter out) {
        this.out = out;
    }

    /** Starts listening. */
    static StopSignal listen(PrintWriter out) {
        StopSignal stop = new StopSignal(out);
        SIGNALS.forEach(
                (name, number) -> stop.before.add(Signals.on(name, () -> stop.received(number))));
        return stop;
    }

    private void received(int number) {
        if (received != 0) {
            Runtime.getRuntime().halt(EXIT + number);
        }
        received = number;
        out.println();
        out.println("Stopping " + when + "; press Ctrl-C again to stop immediately.");
        out.flush();
    }

    /** Called when training begins: from now on a signal waits for the current step. */
    void training() {
        when = "after this step";
    }

    @Override
    public boolean getAsBoolean() {
        return received != 0;
    }

    /** The exit code after the signal that was received. */
    int exitCode() {
        return EXIT + received;
    }

    /** Restores the previous handlers. */
    @Override
    public void close() {
        before.forEach(Runnable::run);
    }
}
