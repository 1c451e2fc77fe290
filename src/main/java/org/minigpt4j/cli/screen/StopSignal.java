package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM while a run is on: the first asks it to finish its step and save, or to stop
 * loading, the second ends the process at once.
 *
 * <p>Where signals cannot be handled, they end the process as they always do, and a run continues
 * from its last checkpoint.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {

    /** What a shell adds to a signal's number. */
    private static final int EXIT = 128;

    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final PrintWriter out;
    private final List<Runnable> before = new ArrayList<>();
    private volatile int received;
    private volatile String when = "before training begins";

    private StopSignal(PrintWriter out) {
        this.out = out;
    }

    /** Begins to listen. */
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
        out.println("Stopping " + when + "; once more to stop at once.");
        out.flush();
    }

    /** From now on there are steps to finish. */
    void training() {
        when = "after this step";
    }

    @Override
    public boolean getAsBoolean() {
        return received != 0;
    }

    /** The exit code of a process that a signal ended. */
    int exitCode() {
        return EXIT + received;
    }

    /** Gives signals back to whoever had them. */
    @Override
    public void close() {
        before.forEach(Runnable::run);
    }
}
