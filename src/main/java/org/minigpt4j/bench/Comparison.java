package org.minigpt4j.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Two programs that print a line of JSON with {@code samples_per_s} and {@code peak_mem_gb}, run in
 * turn so that a machine whose speed drifts treats both alike.
 *
 * @param ours the command measured
 * @param peer the command it is measured against
 * @param speed the name of the figure that is compared
 */
public record Comparison(List<String> ours, List<String> peer, String speed) {

    private static final String MAIN = "org.minigpt4j.cli.Main";

    /** Compares {@code samples_per_s}. */
    public Comparison(List<String> ours, List<String> peer) {
        this(ours, peer, "samples_per_s");
    }

    /**
     * Medians over the runs.
     *
     * @param ours samples a second
     * @param peer samples a second
     * @param ratio ours over the peer's, of runs that followed each other
     * @param lowest the smallest such ratio
     * @param highest the largest such ratio
     * @param ourMemory peak, GB
     * @param peerMemory peak, GB
     */
    public record Result(
            double ours,
            double peer,
            double ratio,
            double lowest,
            double highest,
            double ourMemory,
            double peerMemory) {}

    /** The command line that starts this program again. */
    public static List<String> thisProgram() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        List<String> command = new ArrayList<>();
        command.add(info.command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        return command;
    }

    /** Runs each {@code runs} times; {@code report} gets every line. */
    public Result run(int runs, Consumer<String> report) throws InterruptedException {
        List<JsonObject> mine = new ArrayList<>();
        List<JsonObject> theirs = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            mine.add(line(ours, report));
            theirs.add(line(peer, report));
            ratios.add(speed(mine.get(i)) / speed(theirs.get(i)));
        }
        return new Result(
                Median.of(mine.stream().map(this::speed).toList()),
                Median.of(theirs.stream().map(this::speed).toList()),
                Median.of(ratios),
                ratios.stream().mapToDouble(d -> d).min().orElse(Double.NaN),
                ratios.stream().mapToDouble(d -> d).max().orElse(Double.NaN),
                Median.of(mine.stream().map(Comparison::memory).toList()),
                Median.of(theirs.stream().map(Comparison::memory).toList()));
    }

    private double speed(JsonObject line) {
        return line.get(speed).getAsDouble();
    }

    private static double memory(JsonObject line) {
        return line.get("peak_mem_gb").getAsDouble();
    }

    private static JsonObject line(List<String> command, Consumer<String> report)
            throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            String last = text.strip().lines().reduce("", (a, b) -> b);
            if (code != 0) {
                throw new FailedException(
                        name(command) + " ended with exit code " + code + "; it says why above");
            }
            report.accept(last);
            return JsonParser.parseString(last).getAsJsonObject();
        } catch (IOException e) {
            throw new FailedException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        } catch (JsonParseException | IllegalStateException e) {
            throw new FailedException(name(command) + " printed no line of JSON at its end", e);
        }
    }

    /** A command as a person would type it: ours without Java's options and class path. */
    private static String name(List<String> command) {
        int main = command.indexOf(MAIN);
        return String.join(" ", main < 0 ? command : command.subList(main + 1, command.size()));
    }
}
