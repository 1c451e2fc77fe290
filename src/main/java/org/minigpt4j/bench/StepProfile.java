package org.minigpt4j.bench;

import ai.djl.pytorch.jni.JniUtils;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where the time of a step goes, by part of the model and kind of operation: each step runs under
 * the engine's own profiler, and a figure is the median over the steps.
 *
 * @param cells milliseconds, a row for each {@link StepOperation} and a column for each {@link
 *     StepPart}
 * @param step milliseconds of a whole step by the clock, profiler included
 */
record StepProfile(double[][] cells, double step) {

    private static final int WARM_UP = 2; // the profiler's first steps are far slower
    private static final String ROW = "| %s |";

    /** Runs {@code steps} steps under the profiler, after two that do not count. */
    static StepProfile of(Runnable step, int steps) {
        List<double[][]> all = new ArrayList<>();
        List<Double> walls = new ArrayList<>();
        for (int i = 0; i < WARM_UP + steps; i++) {
            try {
                Path file = Files.createTempFile("minigpt4j-profile", ".json");
                try {
                    long begin = System.nanoTime();
                    JniUtils.startProfile(false, false, false);
                    try {
                        step.run();
                    } finally {
                        walls.add((System.nanoTime() - begin) / 1e6);
                        JniUtils.stopProfile(file.toString());
                    }
                    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                        all.add(StepTrace.read(reader));
                    }
                } finally {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new FailedException("cannot profile a step: " + e.getMessage(), e);
            }
        }
        return median(all.subList(WARM_UP, all.size()), walls.subList(WARM_UP, walls.size()));
    }

    private static StepProfile median(List<double[][]> all, List<Double> walls) {
        double[][] cells = new double[StepOperation.values().length][StepPart.values().length];
        for (int row = 0; row < cells.length; row++) {
            for (int column = 0; column < cells[row].length; column++) {
                int r = row;
                int c = column;
                cells[r][c] = Median.of(all.stream().map(one -> one[r][c]).toList());
            }
        }
        return new StepProfile(cells, Median.of(walls));
    }

    /** Milliseconds of all operations together. */
    double operations() {
        double sum = 0;
        for (double[] row : cells) {
            for (double cell : row) {
                sum += cell;
            }
        }
        return sum;
    }

    /** A Markdown table: milliseconds, and each row's share of the step. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        StringBuilder head = new StringBuilder(ROW.formatted("ms"));
        StringBuilder rule = new StringBuilder("|---|");
        for (StepPart part : StepPart.values()) {
            head.append(" %s |".formatted(part));
            rule.append("---|");
        }
        lines.add(head + " all | share |");
        lines.add(rule + "---|---|");
        double whole = Math.max(step, operations());
        double[] sums = new double[StepPart.values().length];
        for (StepOperation work : StepOperation.values()) {
            double[] row = cells[work.ordinal()];
            for (int i = 0; i < sums.length; i++) {
                sums[i] += row[i];
            }
            lines.add(line(work.toString(), row, whole));
        }
        lines.add(line("all operations", sums, whole));
        double rest = whole - operations();
        lines.add(line("between them, Java included", new double[] {rest}, whole));
        return lines;
    }

    private static String line(String name, double[] row, double whole) {
        StringBuilder line = new StringBuilder(ROW.formatted(name));
        double sum = 0;
        for (int i = 0; i < StepPart.values().length; i++) {
            sum += i < row.length ? row[i] : 0;
            line.append(row.length == 1 ? " |" : String.format(Locale.ROOT, " %.1f |", row[i]));
        }
        return line + String.format(Locale.ROOT, " %.1f | %.1f %% |", sum, 100 * sum / whole);
    }
}
