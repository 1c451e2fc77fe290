package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM while a run is on: the first asks it to finish its step and save, or to stop
 * loading, the second ends the process at once.
 *
 * <p>A shutdown hook could not tell a second signal from the first, so this goes to {@code
 * sun.misc.Signal}, which every JDK has in the module jdk.unsupported; by reflection, because the
 * compiler warns of its use. Where it is missing, signals end the process as they always do, and a
 * run goes on from its last checkpoint.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {

    /** What a shell adds to a signal's number. */
    private static final int EXIT = 128;

    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final PrintWriter out;
    private final Map<String, Object> before = new LinkedHashMap<>();
    private volatile int received;
    private volatile String when = "before training begins";

    private StopSignal(PrintWriter out) {
        this.out = out;
    }

    /** Begins to listen. */
    static StopSignal listen(PrintWriter out) {
        StopSignal stop = new StopSignal(out);
        SIGNALS.forEach(
                (name, number) -> {
                    Object handler = stop.handle(name, null, number);
                    if (handler != null) {
                        stop.before.put(name, handler);
                    }
                });
        return stop;
    }

    /** Sets a handler, ours if it is null, and gives back the one before; null without signals. */
    private Object handle(String name, Object handler, int number) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            Object set = handler;
            if (set == null) {
                set =
                        Proxy.newProxyInstance(
                                type.getClassLoader(),
                                new Class<?>[] {type},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("handle")) {
                                        received(number);
                                        return null;
                                    }
                                    return method.invoke(this, arguments);
                                });
            }
            return signal.getMethod("handle", signal, type)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), set);
        } catch (ReflectiveOperationException e) {
            return null;
        }
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
        before.forEach((name, handler) -> handle(name, handler, 0));
    }
}
