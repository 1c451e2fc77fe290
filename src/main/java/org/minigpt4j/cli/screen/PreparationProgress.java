package org.minigpt4j.cli.screen;

import org.minigpt4j.prepare.PrepareListener;
import org.minigpt4j.prepare.PrepareProgress;
import org.minigpt4j.prepare.PrepareSummary;
import org.minigpt4j.prepare.report.Causes;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Shows the progress of preparing data: one updating line on a terminal, otherwise a new line every
 * 30 seconds.
 */
public final class PreparationProgress implements PrepareListener, AutoCloseable {

    private static final long EVERY = Duration.ofSeconds(30).toNanos();
    private static final int CAUSES = 3;

    private final PrintWriter out;
    private final boolean terminal = Terminal.isThere();
    private long told = System.nanoTime();
    private int width;
    private String phase;
    private long phaseSince;
    private boolean closed;

    public PreparationProgress(PrintWriter out) {
        this.out = out;
        if (terminal) {
            Thread clock = new Thread(this::tick, "prepare-phase");
            clock.setDaemon(true);
            clock.start();
        }
    }

    private void tick() {
        try {
            while (true) {
                Thread.sleep(1000);
                showPhase();
            }
        } catch (InterruptedException e) {
            return; // the display is closed
        }
    }

    @Override
    public synchronized void phase(String what) {
        phase = what;
        phaseSince = System.nanoTime();
        if (terminal) {
            showPhase();
        } else {
            out.println(what + " ...");
            out.flush();
        }
    }

    private synchronized void showPhase() {
        if (phase != null && !closed) {
            long seconds = (System.nanoTime() - phaseSince) / 1_000_000_000;
            show(
                    "%s ...%s"
                            .formatted(
                                    phase,
                                    seconds < 2
                                            ? ""
                                            : String.format(Locale.ROOT, " %d s", seconds)));
        }
    }

    private void show(String line) {
        if (closed) {
            return;
        }
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    @Override
    public synchronized void notice(String sentence) {
        if (closed) {
            return;
        }
        clear();
        out.println(sentence);
        out.flush();
    }

    @Override
    public synchronized void progress(PrepareProgress now) {
        phase = null;
        if (terminal) {
            show(line(now));
        } else if (System.nanoTime() - told > EVERY) {
            told = System.nanoTime();
            out.println(line(now));
        }
        out.flush();
    }

    private void clear() {
        if (width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            width = 0;
        }
    }

    /**
     * The progress line: samples fetched and wanted, share of successes, most frequent failures,
     * rates, time left.
     */
    static String line(PrepareProgress now) {
        double seconds = Math.max(1e-3, now.elapsed().toMillis() / 1e3);
        String share =
                now.tried() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, "  %.0f%% ok", 100.0 * now.successes() / now.tried());
        String causes =
                now.byCause().entrySet().stream()
                        .filter(cause -> !cause.getKey().equals("success"))
                        .sorted(
                                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                        .thenComparing(Map.Entry.comparingByKey()))
                        .limit(CAUSES)
                        .map(
                                cause ->
                                        String.format(
                                                Locale.ROOT,
                                                "  %s %.0f%%",
                                                cause.getKey(),
                                                100.0 * cause.getValue() / now.tried()))
                        .collect(Collectors.joining());
        return String.format(
                Locale.ROOT,
                "fetched %,d%s samples%s%s  %.1f images/s  %.1f MB/s%s",
                now.kept(),
                now.wanted().map(of -> String.format(Locale.ROOT, " of %,d", of)).orElse(""),
                share,
                causes,
                now.successes() / seconds,
                now.keptBytes() / 1e6 / seconds,
                now.left().map(left -> "  eta " + clock(left)).orElse(""));
    }

    private static String clock(Duration time) {
        return String.format(
                Locale.ROOT,
                "%d:%02d:%02d",
                time.toHours(),
                time.toMinutesPart(),
                time.toSecondsPart());
    }

    /** Prints the result, and advice if there are too few samples. */
    public synchronized void done(PrepareSummary summary) {
        phase = null;
        clear();
        for (PrepareSummary.Part part : summary.parts()) {
            line(
                    "%s: %,d samples in %,d shards (%s): %s",
                    part.name(),
                    part.samples(),
                    part.shards(),
                    ByteCount.text(part.bytes()),
                    part.folder());
            if (part.samples() > 0) {
                line("  %,12d  success", part.samples());
            }
            for (Map.Entry<String, Long> cause : part.failures()) {
                String meaning = Causes.explain(cause.getKey());
                line(
                        "  %,12d  %s%s",
                        cause.getValue(),
                        cause.getKey(),
                        meaning.isEmpty() ? "" : " (" + meaning + ")");
            }
            if (part.isPoor()) {
                line(
                        "%s: only %,d of %,d pairs tried succeeded. First fix the"
                                + " causes listed above, then run again with"
                                + " prepare.retry_failed=true, or with another prepare.output"
                                + " where a filter or a picture setting changes.",
                        part.name(), part.samples(), part.tried());
            } else if (part.isShort()) {
                line(
                        "%s is %,d samples short of %,d: all pairs drawn from the"
                                + " list have been tried. Raise prepare.reserve, or set"
                                + " prepare.retry_failed=true, and run again.",
                        part.name(), part.wanted() - part.samples(), part.wanted());
            }
        }
        out.flush();
    }

    /** Prints that a signal ends the work; nothing is printed after it. */
    public synchronized void stopped() {
        out.println();
        out.println("Stopped. Finished shards are kept; run the same command to continue.");
        out.flush();
        width = 0;
        closed = true;
    }

    /** Stops updating, so that the summary can be printed. */
    @Override
    public synchronized void close() {
        closed = true;
        clear();
        out.flush();
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
