package org.minigpt4j.cli.screen;

import org.minigpt4j.io.ForeignText;
import org.minigpt4j.prepare.Encoding;
import org.minigpt4j.prepare.encode.Encoded;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Shows the progress of an encoding: one updating line on a terminal, otherwise a new line every 30
 * seconds.
 */
public final class EncodingProgress implements Encoding.Listener {

    private static final long EVERY = Duration.ofSeconds(30).toNanos();

    private final PrintWriter out;
    private final LiveLine line;
    private final boolean terminal = Terminal.isThere();
    private final long begun = System.nanoTime();
    private long told = begun;
    private boolean closed;

    public EncodingProgress(PrintWriter out) {
        this.out = out;
        line = new LiveLine(out, Terminal::columns);
    }

    @Override
    public synchronized void notice(String sentence) {
        line.clear();
        out.println(sentence);
        out.flush();
    }

    @Override
    public synchronized void progress(long encoded, long of) {
        if (closed) {
            return;
        }
        List<String> parts =
                List.of(
                        String.format(Locale.ROOT, "encoded %,d of %,d pictures", encoded, of),
                        String.format(Locale.ROOT, "%.1f pictures/s", encoded / seconds()));
        if (terminal) {
            line.show(parts);
        } else if (System.nanoTime() - told > EVERY) {
            told = System.nanoTime();
            notice(String.join("  ", parts));
        }
    }

    private double seconds() {
        return Math.max(1e-3, (System.nanoTime() - begun) / 1e9);
    }

    /** Prints the result. */
    public synchronized void done(Encoding.Summary summary) {
        line.clear();
        Encoded encoded = summary.encoded();
        encoded.unusable()
                .forEach(
                        (fault, count) ->
                                out.printf(
                                        Locale.ROOT,
                                        "%,d passed over (%s), such as %s%n",
                                        count,
                                        fault,
                                        ForeignText.line(encoded.examples().get(fault))));
        out.printf(
                Locale.ROOT,
                "%,d pictures encoded in %.0f s; the store has %,d%n",
                encoded.pictures(),
                seconds(),
                summary.present() + encoded.pictures());
        out.flush();
    }

    /** Prints that a signal ends the work; nothing is printed after it. */
    public synchronized void stopped() {
        line.end();
        out.println("Stopped. Finished parts are kept; run the same command to continue.");
        out.flush();
        closed = true;
    }
}
