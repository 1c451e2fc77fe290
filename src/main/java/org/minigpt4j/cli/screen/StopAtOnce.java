package org.minigpt4j.cli.screen;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Ctrl-C and SIGTERM while there is no step to finish: the first says what happens and ends the
 * process by its hooks, the second ends it without them.
 */
public final class StopAtOnce implements AutoCloseable {

    /** What a shell adds to a signal's number. */
    private static final int EXIT = 128;

    private final Runnable say;
    private final List<Runnable> before = new ArrayList<>();
    private volatile int received;

    private StopAtOnce(Runnable say) {
        this.say = say;
    }

    /** Starts listening; {@code say} informs the user that it stops. */
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
        // Threads that lose their work now would each print a trace.
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        System.exit(EXIT + number);
    }

    /** True if the process is about to end. */
    public boolean isReceived() {
        return received != 0;
    }

    /** The exit code of a process that a signal ended. */
    public int exitCode() {
        return EXIT + received;
    }

    /** Gives signals back to whoever had them, unless one is being obeyed. */
    @Override
    public void close() {
        if (!isReceived()) {
            before.forEach(Runnable::run);
        }
    }
}
