package org.minigpt4j.cli.screen;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A bar on a terminal; elsewhere a line every few steps. */
final class TrainingProgress implements TrainListener, AutoCloseable {

    /** Steps averaged at either end of a run: one batch of a small run says little. */
    private static final int ENDS = 10;

    private final PrintWriter out;
    private final boolean terminal;
    private final int every;
    private final List<Double> losses = new ArrayList<>();
    private ProgressBar bar;
    private String heldOut = "";
    private int total;
    private int first;
    private long begin;

    TrainingProgress(PrintWriter out, boolean terminal, int every) {
        this.out = out;
        this.terminal = terminal;
        this.every = every;
    }

    @Override
    public void begin(int step, int steps) {
        total = steps;
        first = step;
        begin = System.nanoTime();
        if (terminal && step < steps) {
            bar =
                    new ProgressBarBuilder()
                            .setTaskName("train")
                            .setInitialMax(steps)
                            .startsFrom(step, Duration.ZERO)
                            .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                            .setUpdateIntervalMillis(200)
                            .build();
        }
    }

    @Override
    public void step(StepReport report) {
        losses.add(report.loss());
        if (bar != null) {
            bar.stepTo(report.step());
            bar.setExtraMessage(figures(report) + (heldOut.isEmpty() ? "" : "  " + heldOut));
        } else if (report.step() % every == 0 || report.step() == total || report.skipped()) {
            out.println(
                    "epoch %d  [%d/%d]  %s  eta %s"
                            .formatted(
                                    report.epoch(),
                                    report.step(),
                                    total,
                                    figures(report),
                                    eta(report.step())));
            out.flush();
        }
    }

    private static String figures(StepReport report) {
        String figures =
                String.format(
                        Locale.ROOT,
                        "loss %.4f  lr %.2e  grad %.3g  %.1f samples/s  %.0f tokens/s  mfu %.0f%%"
                                + "  data %.0f%%",
                        report.loss(),
                        report.learningRate(),
                        report.gradientNorm(),
                        report.samplesPerSecond(),
                        report.tokensPerSecond(),
                        100 * report.mfu(),
                        100 * report.times().data() / report.seconds());
        return report.skipped() ? figures + "  skipped" : figures;
    }

    /** A sentence between the lines. */
    void warn(String sentence) {
        out.println(sentence);
        out.flush();
    }

    private String eta(int step) {
        double perStep = (System.nanoTime() - begin) / 1e9 / (step - first);
        Duration left = Duration.ofSeconds(Math.round(perStep * (total - step)));
        return "%d:%02d:%02d".formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    @Override
    public void epoch(EpochReport report) {
        report.heldOutLoss()
                .ifPresent(
                        loss -> heldOut = String.format(Locale.ROOT, "held-out loss %.4f", loss));
        if (bar == null) {
            out.println(
                    String.format(
                            Locale.ROOT,
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
        int n = Math.min(ENDS, losses.size());
        return new LossWindow(
                losses.size(),
                losses.subList(0, n).stream().mapToDouble(d -> d).average().orElse(Double.NaN),
                losses.subList(losses.size() - n, losses.size()).stream()
                        .mapToDouble(d -> d)
                        .average()
                        .orElse(Double.NaN));
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
