package org.minigpt4j.train.record;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.WholeLines;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Writes {@code log.txt} and {@code metrics.jsonl}. A resumed run drops the lines after its
 * checkpoint and writes them again, so each step has exactly one line.
 */
public final class RunLog implements TrainListener, AutoCloseable {

    /** The beginning of an epoch's line in {@code log.txt}. */
    static final String EPOCH_LINE = "{\"train_lr\"";

    private final Path log;
    private final BufferedWriter metrics;
    private int left;
    private int seen;
    private double seconds;

    /** Opens the logs of a run that has completed {@code step} steps. */
    public RunLog(RunFolder folder, String config, int step, Schedule schedule) {
        log = folder.log();
        try {
            Files.createDirectories(folder.root());
            keepEpochs(folder.log(), config, step / schedule.stepsPerEpoch());
            keep(folder.metrics(), step);
            metrics = Files.newBufferedWriter(folder.metrics(), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.root(), e);
        }
    }

    /** Keeps the configuration and the lines of the first {@code epochs} epochs. */
    private static void keepEpochs(Path file, String config, int epochs) throws IOException {
        var kept = new StringBuilder();
        int seen = 0;
        for (String line : WholeLines.read(file)) {
            boolean epoch = line.startsWith(EPOCH_LINE);
            seen += epoch ? 1 : 0;
            if (!epoch || seen <= epochs) {
                kept.append(line).append('\n');
            }
        }
        if (epochs == 0) {
            kept.setLength(0);
        }
        if (kept.indexOf(config) < 0) {
            kept.append(config).append('\n');
        }
        AtomicFile.writeString(file, kept.toString());
    }

    /** Keeps the lines of the first {@code steps} steps. */
    private static void keep(Path file, int steps) throws IOException {
        var kept = new StringBuilder();
        WholeLines.read(file).stream()
                .filter(line -> stepOf(line) <= steps)
                .forEach(line -> kept.append(line).append('\n'));
        AtomicFile.writeString(file, kept.toString());
    }

    /** The step of a line. A line that a crash cut short is later than any checkpoint. */
    private static int stepOf(String line) {
        try {
            return JsonParser.parseString(line).getAsJsonObject().get("step").getAsInt();
        } catch (JsonParseException | IllegalStateException | NullPointerException e) {
            return Integer.MAX_VALUE;
        }
    }

    private void append(String text) throws IOException {
        Files.writeString(log, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void begin(int step, int total) {
        left = total - step;
    }

    @Override
    public void step(StepReport report) {
        left--;
        seen++;
        seconds += report.seconds();
        JsonObject line = StepFigures.line(report);
        line.addProperty("eta_s", left * seconds / seen);
        try {
            metrics.write(line + "\n");
            metrics.flush();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(log.resolveSibling("metrics.jsonl"), e);
        }
    }

    /**
     * Writes the reference's epoch line (means as text with three decimals), with counts of skipped
     * samples.
     */
    @Override
    public void epoch(EpochReport report) {
        JsonObject line = new JsonObject();
        line.addProperty("train_lr", String.format(Locale.ROOT, "%.3f", report.learningRate()));
        line.addProperty("train_loss", String.format(Locale.ROOT, "%.3f", report.loss()));
        report.heldOutLoss()
                .ifPresent(
                        loss ->
                                line.addProperty(
                                        "valid_loss", String.format(Locale.ROOT, "%.3f", loss)));
        report.figures()
                .forEach(
                        (name, value) ->
                                line.addProperty(name, String.format(Locale.ROOT, "%.4f", value)));
        if (!report.skipped().isEmpty()) {
            JsonObject skipped = new JsonObject();
            report.skipped().forEach((fault, count) -> skipped.addProperty(fault.name(), count));
            line.add("skipped", skipped);
        }
        try {
            append(line.toString().replace("\":", "\": ").replace(",\"", ", \""));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(log, e);
        }
    }

    @Override
    public void close() {
        try {
            metrics.close();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(log.resolveSibling("metrics.jsonl"), e);
        }
    }
}
