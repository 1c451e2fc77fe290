package org.minigpt4j.cli.bench;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.bench.PairedRatio;
import org.minigpt4j.bench.TrackingBench;
import org.minigpt4j.cli.option.PresetName;
import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.model.Preset;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code launch/bench tracking}: measures how much tracking slows down training steps. */
@Command(
        name = "tracking",
        description = {
            "Times training steps on random weights, in short alternating blocks:"
                    + " with tracking, without it, to a server that does not exist, and to one"
                    + " that never answers.",
            "",
            "For each store it prints the median ratio to the untracked block of the"
                    + " same round, in time and in processor time, with its 95 %% interval; the"
                    + " training thread's work per step; and the processor time of all threads"
                    + " to record a step when nothing is trained, which is an upper bound of"
                    + " the cost."
        })
final class BenchTracking implements Callable<Integer> {

    @Option(
            names = "--preset",
            converter = PresetName.class,
            paramLabel = "PRESET",
            description = "Sizes: nano, mid, 7b or 13b. Default: ${DEFAULT-VALUE}.")
    private Preset preset = Preset.NANO;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Samples per step. Default: ${DEFAULT-VALUE}.")
    private int batch = 16;

    @Option(
            names = "--caption",
            paramLabel = "N",
            description = "Tokens of each caption. Default: ${DEFAULT-VALUE}.")
    private int caption = 16;

    @Option(
            names = "--block",
            paramLabel = "N",
            description = "Steps per block. Default: ${DEFAULT-VALUE}.")
    private int block = 20;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Seconds to train in blocks. Default: ${DEFAULT-VALUE}.")
    private double seconds = 120;

    @Option(
            names = "--pace-seconds",
            paramLabel = "S",
            description =
                    "Seconds to measure the processor time of each store. Default:"
                            + " ${DEFAULT-VALUE}.")
    private double paceSeconds = 12;

    @Option(
            names = "--server",
            paramLabel = "URI",
            description = "Another store, such as http://127.0.0.1:5000; may be repeated.")
    private List<String> servers = List.of();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Folder for the records; must not exist. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("output", "bench-tracking");

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (Files.exists(out)) {
            throw new UsageException(out + " already exists; delete it or choose another --out");
        }
        Map<String, String> named = new LinkedHashMap<>();
        servers.forEach(server -> named.put(server, server));
        try (TrackingBench bench = new TrackingBench(preset, batch, caption, block, out, named)) {
            Map<String, TrackingBench.Ratio> ratios = bench.ratios(seconds);
            Map<String, Double> tell = bench.tellMicros();
            double step = bench.stepSeconds();
            print(ratios, tell, bench.processorMillis(step, paceSeconds), step);
        } catch (IOException e) {
            throw new FailedException("could not open a port: " + e.getMessage(), e);
        }
        return 0;
    }

    private void print(
            Map<String, TrackingBench.Ratio> ratios,
            Map<String, Double> tell,
            Map<String, Double> processor,
            double step) {
        PrintWriter console = spec.commandLine().getOut();
        console.printf(
                Locale.ROOT,
                "%s, batch %d, %d tokens: %.1f ms a step without tracking, %d rounds%n",
                preset,
                batch,
                caption,
                1e3 * step,
                ratios.values().iterator().next().time().pairs());
        TextTable table =
                new TextTable(
                        "store",
                        "median step to off",
                        "time to off",
                        "processor time to off",
                        "training thread",
                        "all threads",
                        "of a step");
        ratios.forEach(
                (name, ratio) ->
                        table.row(
                                List.of(
                                        name,
                                        figure(ratio.step()),
                                        figure(ratio.time()),
                                        figure(ratio.processor()),
                                        figure("%.3f ms", tell.get(name) / 1e3),
                                        figure("%.3f ms", processor.get(name)),
                                        figure("%.2f %%", processor.get(name) / step / 10))));
        table.print(console);
        console.flush();
    }

    private static String figure(PairedRatio ratio) {
        return figure("%.4f (%.4f to %.4f)", ratio.median(), ratio.low(), ratio.high());
    }

    private static String figure(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
