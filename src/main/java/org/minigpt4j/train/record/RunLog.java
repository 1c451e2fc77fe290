package org.minigpt4j.train.record;

import ai.djl.Device;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * Keeps {@code log.txt} and {@code metrics.jsonl}. A resumed run drops the lines behind its
 * checkpoint and writes them again, so that each iteration has one line.
 */
public final class RunLog implements TrainListener, AutoCloseable {

    /** How the line of an epoch in {@code log.txt} begins. */
    static final String EPOCH_LINE = "{\"train_lr\"";

    private final Path log;
    private final List<Device> devices;
    private final BufferedWriter metrics;
    private int left;
    private int seen;
    private double seconds;

    public RunLog(
            RunFolder folder,
            String config,
            int iteration,
            Schedule schedule,
            List<Device> devices) {
        this.devices = devices;
        log = folder.log();
        try {
            Files.createDirectories(folder.root());
            keepEpochs(folder.log(), config, iteration / schedule.iterations());
            keep(folder.metrics(), iteration);
            metrics = Files.newBufferedWriter(folder.metrics(), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.root(), e);
        }
    }

    /** Leaves the lines of the first {@code epochs} epochs, behind the configuration. */
    private static void keepEpochs(Path file, String config, int epochs) throws IOException {
        var kept = new StringBuilder();
        int seen = 0;
        for (String line : lines(file)) {
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

    /** Its whole lines: the last one may have been cut short, by a crash or a full disk. */
    private static List<String> lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    /** Leaves the lines of the first {@code iterations} iterations. */
    private static void keep(Path file, int iterations) throws IOException {
        var kept = new StringBuilder();
        lines(file).stream()
                .filter(line -> stepOf(line) <= iterations)
                .forEach(line -> kept.append(line).append('\n'));
        AtomicFile.writeString(file, kept.toString());
    }

    /** The step of a line; one that a crash cut short belongs to no checkpoint. */
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
    public void begin(int iteration, int total) {
        left = total - iteration;
    }

    @Override
    public void step(StepReport report) {
        left--;
        seen++;
        seconds += report.seconds();
        JsonObject line = new JsonObject();
        line.addProperty("step", report.step());
        line.addProperty("epoch", report.epoch());
        add(line, "loss", report.loss());
        line.addProperty("lr", report.learningRate());
        add(line, "grad_norm", report.gradientNorm());
        line.addProperty("scale", report.scale());
        if (report.skipped()) {
            line.addProperty("skipped", true);
        }
        line.addProperty("samples", report.work().samples());
        line.addProperty("tokens", report.work().tokens());
        line.addProperty("labels", report.work().labels());
        add(line, "samples_per_s", report.samplesPerSecond());
        add(line, "tokens_per_s", report.work().tokens() / report.seconds());
        add(line, "tflops", report.work().flops() / report.seconds() / 1e12);
        add(line, "mfu", report.mfu());
        line.addProperty("host_bytes", ProcessMemory.hostBytes());
        line.addProperty("device_bytes", ProcessMemory.deviceBytes(devices));
        line.addProperty("step_s", report.seconds());
        line.addProperty("data_s", report.phases().data());
        line.addProperty("compute_s", report.phases().compute());
        line.addProperty("reduce_s", report.phases().reduce());
        line.addProperty("update_s", report.phases().update());
        line.addProperty("eta_s", left * seconds / seen);
        try {
            metrics.write(line + "\n");
            metrics.flush();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(log.resolveSibling("metrics.jsonl"), e);
        }
    }

    /** JSON knows no infinity and no NaN. */
    private static void add(JsonObject line, String name, double value) {
        line.add(name, Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE);
    }

    /** The reference's epoch line, means with three decimals as text, and what was skipped. */
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
