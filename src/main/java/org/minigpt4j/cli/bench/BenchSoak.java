package org.minigpt4j.cli.bench;

import org.minigpt4j.bench.Soak;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.run.Resume;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** {@code launch/bench soak}: measures whether memory and step time stay level over many steps. */
@Command(
        name = "soak",
        description = {
            "Trains many steps and prints how memory and step time changed, as one line of JSON.",
            "",
            "It is a real run with checkpoints, in a separate folder; it is not"
                    + " tracked unless --options say where. A straight line is fitted to each"
                    + " quantity (Theil-Sen over 40 block medians, without the first tenth)."
                    + " You get the first and last block, the slope per 1000 steps with its 95"
                    + " %% interval, and the growth over all steps that this slope implies."
        },
        footer = {
            "",
            "Example (after launch/quickstart --prepare):",
            "  launch/bench soak --cfg-path train_configs/quickstart_stage1.yaml \\",
            "      --steps 10000"
        })
public final class BenchSoak implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many, at least " + Soak.LEAST_STEPS + ". Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "output/soak",
            description =
                    "The run's folder; an earlier run there is deleted. Default:"
                            + " ${DEFAULT-VALUE}.")
    private Path out;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (steps < Soak.LEAST_STEPS) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--steps " + steps + ": a trend takes at least " + Soak.LEAST_STEPS);
        }
        TrainConfig file =
                TrainConfig.load(config.file(), with(config.overrides(), ours(steps, out)));
        int exitCode = new TrainConsole(spec.commandLine()).train(file, Resume.NEVER).exitCode();
        if (exitCode == 0) {
            PrintWriter screen = spec.commandLine().getOut();
            screen.println(Soak.of(new RunFolder(out).metrics()).figures());
            screen.flush();
        }
        return exitCode;
    }

    /** The overrides that turn a run into a soak test. */
    public static Map<String, String> ours(int steps, Path out) {
        Map<String, String> ours = new TreeMap<>();
        ours.put("run.max_epoch", "1");
        ours.put("run.iters_per_epoch", "" + steps);
        ours.put("run.output_dir", out.toString());
        ours.put("run.tracking.uri", "none"); // keep the soak test out of the tracking store
        ours.put("run.log_freq", "" + Math.max(1, steps / 20));
        return ours;
    }

    /** Our overrides followed by the user's, in either of the two forms. */
    private static List<String> with(List<String> options, Map<String, String> ours) {
        boolean pairs = !options.isEmpty() && !options.get(0).contains("=");
        List<String> all = new ArrayList<>();
        ours.forEach(
                (key, value) ->
                        all.addAll(pairs ? List.of(key, value) : List.of(key + "=" + value)));
        all.addAll(options);
        return all;
    }
}
