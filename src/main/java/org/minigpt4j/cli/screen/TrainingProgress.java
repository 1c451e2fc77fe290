package org.minigpt4j.cli.screen;

import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;

/** Shows training progress: a bar on a terminal, otherwise a line every few steps. */
final class TrainingProgress implements TrainListener, AutoCloseable {

    private static final int BAR = 16;
    private static final long REDRAW = Duration.ofMillis(100).toNanos();

    private final PrintWriter out;
    private final boolean terminal;
    private final int every;
    private final LiveLine line;
    private final SmoothedRates rates = new SmoothedRates();
    private final List<Double> losses = new ArrayList<>();
    private String heldOut = "";
    private int total;
    private int first;
    private long begin;
    private long drawn;

    /**
     * Creates a display.
     *
     * @param every number of steps between two lines without a terminal
     * @param columns returns the current width of the terminal
     */
    TrainingProgress(PrintWriter out, boolean terminal, int every, IntSupplier columns) {
        this.out = out;
        this.terminal = terminal;
        this.every = every;
        line = new LiveLine(out, columns);
    }

    @Override
    public void begin(int step, int steps) {
        total = steps;
        first = step;
        begin = System.nanoTime();
        drawn = begin - REDRAW;
    }

    @Override
    public void step(StepReport report) {
        losses.add(report.loss());
        rates.add(report);
        boolean last = report.step() == total;
        if (terminal) {
            if (System.nanoTime() - drawn >= REDRAW || last) {
                drawn = System.nanoTime();
                line.show(parts(report));
            }
        } else if (report.step() == first + 1
                || report.step() % every == 0
                || last
                || report.skipped()) {
            out.println(
                    format(
                            "epoch %d  [%d/%d]  loss %.4f  lr %.2e  grad %.3g  %.1f samples/s"
                                    + "  %.0f tokens/s  mfu %.0f%%  data %.0f%%%s  eta %s",
                            report.epoch(),
                            report.step(),
                            total,
                            report.loss(),
                            report.learningRate(),
                            report.gradientNorm(),
                            rates.samplesPerSecond(),
                            rates.tokensPerSecond(),
                            100 * rates.mfu(),
                            100 * rates.dataShare(),
                            report.skipped() ? "  skipped" : "",
                            eta(report.step())));
            out.flush();
        }
    }

    /** The parts of the line, most important first; a narrow terminal shows fewer. */
    private List<String> parts(StepReport report) {
        int full = (int) ((long) BAR * report.step() / total);
        var parts = new ArrayList<String>();
        parts.add(
                format(
                        "epoch %d [%s%s] %d/%d",
                        report.epoch(),
                        "#".repeat(full),
                        "-".repeat(BAR - full),
                        report.step(),
                        total));
        parts.add(format("loss %.3f", report.loss()));
        parts.add("eta " + eta(report.step()));
        if (report.skipped()) {
            parts.add("skipped");
        }
        if (!heldOut.isEmpty()) {
            parts.add(heldOut);
        }
        parts.add(format("%.1f samples/s", rates.samplesPerSecond()));
        parts.add(format("mfu %.0f%%", 100 * rates.mfu()));
        parts.add(format("lr %.1e", report.learningRate()));
        parts.add(format("data %.0f%%", 100 * rates.dataShare()));
        parts.add(format("grad %.3g", report.gradientNorm()));
        parts.add(format("%.0f tokens/s", rates.tokensPerSecond()));
        return parts;
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Prints a message between the progress lines. */
    void warn(String sentence) {
        line.clear();
        out.println(sentence);
        out.flush();
    }

    private String eta(int step) {
        double perStep = (System.nanoTime() - begin) / 1e9 / (step - first);
        Duration left = Duration.ofSeconds(Math.round(perStep * (total - step)));
        return format("%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    @Override
    public void epoch(EpochReport report) {
        report.heldOutLoss().ifPresent(loss -> heldOut = format("held-out loss %.4f", loss));
        if (!terminal) {
            out.println(
                    format(
                            "epoch %d done: mean loss %.4f%s%s",
                            report.epoch(),
                            report.loss(),
                            heldOut.isEmpty() ? "" : ", " + heldOut,
                            report.skipped().isEmpty()
                                    ? ""
                                    : ", skipped so far " + report.skipped()));
            out.flush();
        }
    }

    LossWindow losses() {
        return LossWindow.of(losses);
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void close() {
        line.end();
    }
}
