package org.minigpt4j.cli.weights;

import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/** {@code launch/weights check}: checks that a run would find every tensor it needs. */
@Command(
        name = "check",
        description =
                "Checks that all weight files of a configuration fit the model. Reads"
                        + " only their headers.")
final class WeightsCheck implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(names = "--eval", description = "The file is an evaluation file.")
    private boolean eval;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        if (eval) {
            EvalConfig file = EvalConfig.load(config.file(), config.overrides());
            return check(file.model(), file::where);
        }
        TrainConfig file = TrainConfig.load(config.file(), config.overrides());
        return check(file.model(), file::where);
    }

    private int check(ModelConfig model, UnaryOperator<String> where) {
        PrintWriter print = spec.commandLine().getOut();
        ModelFiles files = new ModelFiles(model, where);
        files.requireFit();
        files.bytes()
                .forEach(
                        (key, bytes) ->
                                print.printf("%-22s %12s  fits%n", key, ByteCount.text(bytes)));
        model.ckpt()
                .ifPresent(
                        path -> {
                            TrainedTensors.read(
                                    path,
                                    where.apply("model.ckpt") + ": model.ckpt",
                                    files.trainable(true));
                            print.printf("%-22s %12s  fits%n", "model.ckpt", "");
                        });
        return 0;
    }
}
