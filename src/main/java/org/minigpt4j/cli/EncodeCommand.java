package org.minigpt4j.cli;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.option.SparkOptions;
import org.minigpt4j.cli.screen.EncodingProgress;
import org.minigpt4j.cli.screen.StopAtOnce;
import org.minigpt4j.prepare.Encoding;
import org.minigpt4j.train.run.RunEncoders;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code launch/encode}: encodes a training run's pictures ahead of training. */
@Command(
        name = "encode",
        description = {
            "Encodes all pictures of a training file ahead of training, into run.cache_features.",
            "",
            "Runs with the same weights, image size and precision then train without"
                    + " an encoder pass. To continue after a stop or a kill, run the same"
                    + " command: finished parts are kept, and pictures added to the data later"
                    + " are encoded too.",
            "",
            "It is a Spark job: it runs on this machine, or on a cluster if you start"
                    + " it with launch/spark/standalone, yarn or kubernetes. On a cluster the"
                    + " folder must be on storage that all hosts share."
        },
        footer = {
            "",
            "Example:",
            "  launch/encode --cfg-path train_configs/minigpt4_stage2_finetune.yaml \\",
            "      --options run.cache_features=features",
            "docs/data.md explains what is stored."
        })
final class EncodeCommand implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Mixin private SparkOptions spark;

    @Option(
            names = "--part",
            paramLabel = "N",
            description = "Pictures of a task, at most. Default: ${DEFAULT-VALUE}.")
    private int part = 1000;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (part < 1) {
            throw new UsageException("--part: is %d; give 1 or more".formatted(part));
        }
        var encoder = new RunFeatureEncoder(RunEncoders.of(config.file(), config.overrides()));
        var progress = new EncodingProgress(spec.commandLine().getOut());
        try (var stop = StopAtOnce.listen(progress::stopped)) {
            try {
                progress.done(
                        Encoding.run(encoder, part, spark.master(), spark.settings(), progress));
                return 0;
            } catch (MiniGpt4Exception e) {
                if (stop.isReceived()) {
                    return stop.exitCode(); // a signal stopped Spark
                }
                throw e;
            }
        }
    }
}
