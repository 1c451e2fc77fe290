package org.minigpt4j.cli;

import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.run.Resume;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code launch/train}: runs one training stage from its YAML file. */
@Command(
        name = "train",
        description = {
            "Trains the projection (one stage).",
            "",
            "If the output folder contains a run with the same configuration, that"
                    + " run resumes from its newest checkpoint. A folder in use by another"
                    + " process is refused. Ctrl-C and SIGTERM finish the step, save, and exit"
                    + " with 130 and 143; a second one exits immediately.",
            "",
            "With run.hosts above 1 it trains on a Spark cluster; start it with"
                    + " launch/spark/standalone, yarn or kubernetes (see docs/scaling.md)."
        },
        footer = {
            "",
            "Example:",
            "  launch/train --cfg-path train_configs/minigpt4_stage1_pretrain.yaml \\",
            "      --options run.batch_size_train=32",
            "docs/configuration.md lists every key."
        })
final class TrainCommand implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(
            names = "--resume",
            paramLabel = "MODE",
            description =
                    "If the output folder contains a run: auto (resume if the"
                            + " configuration is the same), force (resume with any"
                            + " configuration), never (delete it and start over). Default:"
                            + " ${DEFAULT-VALUE}.")
    private Resume resume = Resume.AUTO;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        TrainConfig file = TrainConfig.load(config.file(), config.overrides());
        TrainConsole console = new TrainConsole(spec.commandLine());
        return file.run().hosts() > 1
                ? console.trainOnHosts(config.file(), config.overrides(), file, resume).exitCode()
                : console.train(file, resume).exitCode();
    }
}
