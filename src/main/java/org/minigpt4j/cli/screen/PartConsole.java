package org.minigpt4j.cli.screen;

import org.minigpt4j.nano.parts.PartListener;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Shows the training of the nano parts on the console and handles the signals that stop it. */
public final class PartConsole implements PartListener, BooleanSupplier, AutoCloseable {

    private static final int LINES = 10;

    private final PrintWriter out;
    private final StopSignal stop;
    private final LiveLine line;
    private final boolean terminal = Terminal.isThere();
    private int reports;

    /** Starts listening for signals, until closed. */
    public PartConsole(PrintWriter out) {
        this.out = out;
        stop = StopSignal.listen(out);
        stop.training();
        line = new LiveLine(out, Terminal::columns);
    }

    @Override
    public void report(Report report) {
        Duration left = Duration.ofSeconds(Math.round(report.secondsLeft()));
        List<String> parts =
                List.of(
                        report.part(),
                        "%s of %s".formatted(report.step(), report.steps()),
                        String.format(Locale.ROOT, "loss %.4f", report.loss()),
                        String.format(Locale.ROOT, "right %.1f %%", 100 * report.right()),
                        "%d min %02d s left".formatted(left.toMinutes(), left.toSecondsPart()));
        if (terminal) {
            line.show(parts);
        } else if (reports++ % LINES == 0 || report.step() == report.steps()) {
            out.println(String.join("  ", parts));
            out.flush();
        }
        if (terminal && report.step() == report.steps()) {
            line.end();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return stop.getAsBoolean();
    }

    /** The exit code after the signal that stopped the process. */
    public int exitCode() {
        return stop.exitCode();
    }

    @Override
    public void close() {
        line.end();
        stop.close();
    }
}
