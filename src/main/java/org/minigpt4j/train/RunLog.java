package org.minigpt4j.train;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.io.AtomicFile;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * Keeps {@code log.txt} and {@code metrics.jsonl}. A resumed run drops the lines behind its
 * checkpoint and writes them again, so that each iteration has one line.
 */
final class RunLog implements TrainListener, AutoCloseable {

    private final Path log;
    private final BufferedWriter metrics;

    RunLog(RunFolder folder, String config, int iteration) {
        log = folder.log();
        try {
            Files.createDirectories(folder.root());
            append(config);
            keep(folder.metrics(), iteration);
            metrics = Files.newBufferedWriter(folder.metrics(), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.root(), e);
        }
    }

    /** Leaves the lines of the first {@code iterations} iterations. */
    private static void keep(Path file, int iterations) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            lines = List.of();
        }
        var kept = new StringBuilder();
        lines.stream()
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
    public void step(StepReport report) {
        JsonObject line = new JsonObject();
        line.addProperty("step", report.step());
        line.addProperty("epoch", report.epoch());
        line.addProperty("loss", report.loss());
        line.addProperty("lr", report.learningRate());
        line.addProperty("grad_norm", report.gradientNorm());
        line.addProperty("samples_per_s", report.samplesPerSecond());
        line.addProperty("tokens_per_s", report.tokens() / report.seconds());
        line.addProperty("step_s", report.seconds());
        line.addProperty("data_s", report.dataSeconds());
        try {
            metrics.write(line + "\n");
            metrics.flush();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(log.resolveSibling("metrics.jsonl"), e);
        }
    }

    /** The reference's epoch line, means with three decimals as text, and what was skipped. */
    @Override
    public void epoch(EpochReport report) {
        JsonObject line = new JsonObject();
        line.addProperty("train_lr", String.format(Locale.ROOT, "%.3f", report.learningRate()));
        line.addProperty("train_loss", String.format(Locale.ROOT, "%.3f", report.loss()));
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
            throw new UncheckedIOException(e);
        }
    }
}
