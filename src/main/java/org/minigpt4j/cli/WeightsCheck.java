package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.train.Projections;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/weights check}: would a run find every tensor it needs? */
@Command(
        name = "check",
        description =
                "Compares the headers of all weight files that a configuration names with what the"
                        + " model needs. Reads nothing large.")
final class WeightsCheck implements Callable<Integer> {

    @Option(
            names = "--cfg-path",
            required = true,
            paramLabel = "FILE",
            description = "A training configuration.")
    private Path config;

    @Option(
            names = "--options",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "Overrides of the file, as for train.")
    private List<String> options = List.of();

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        TrainConfig file = TrainConfig.load(config, options);
        ModelFiles files = new ModelFiles(file.model(), file::where);
        List<String> faults = files.check();
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n", faults));
        }
        files.bytes()
                .forEach(
                        (key, bytes) ->
                                print.printf("%-22s %12s  fits%n", key, ByteCount.text(bytes)));
        file.model()
                .ckpt()
                .ifPresent(
                        path -> {
                            Projections.read(
                                    path,
                                    file.where("model.ckpt") + ": model.ckpt",
                                    files.llama().hidden(),
                                    files.qformer().width());
                            print.printf("%-22s %12s  fits%n", "model.ckpt", "");
                        });
        return 0;
    }
}
