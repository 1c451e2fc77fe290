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
 * Compares two programs that print a JSON line with {@code samples_per_s} and {@code peak_mem_gb}.
 * They run alternately, so that changes in the machine's speed affect both alike.
 *
 * @param ours the command that is measured
 * @param peer the command to compare with
 * @param speed name of the figure that is compared
 */
public record Comparison(List<String> ours, List<String> peer, String speed) {

    private static final String MAIN = "org.minigpt4j.cli.Main";

    /** Compares the figure {@code samples_per_s}. */
    public Comparison(List<String> ours, List<String> peer) {
        this(ours, peer, "samples_per_s");
    }

    /**
     * Medians over the runs.
     *
     * @param ours our samples per second
     * @param peer the peer's samples per second
     * @param ratio ours divided by the peer's, over pairs of consecutive runs
     * @param lowest the smallest of these ratios
     * @param highest the largest of these ratios
     * @param ourMemory our peak memory in GB
     * @param peerMemory the peer's peak memory in GB
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

    /** Runs each program {@code runs} times and passes every output line to {@code report}. */
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
                        name(command)
                                + " failed with exit code "
                                + code
                                + "; see its output above");
            }
            report.accept(last);
            return JsonParser.parseString(last).getAsJsonObject();
        } catch (IOException e) {
            throw new FailedException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        } catch (JsonParseException | IllegalStateException e) {
            throw new FailedException(name(command) + " did not print a JSON line at the end", e);
        }
    }

    /** A command as a user would type it: ours without Java's options and class path. */
    private static String name(List<String> command) {
        int main = command.indexOf(MAIN);
        return String.join(" ", main < 0 ? command : command.subList(main + 1, command.size()));
    }
}
