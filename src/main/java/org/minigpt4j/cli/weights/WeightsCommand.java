package org.minigpt4j.cli.weights;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code launch/weights}: commands for weight files. */
@Command(
        name = "weights",
        description = "Inspects, creates, converts and checks weight files.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            WeightsInspect.class,
            WeightsConvert.class,
            WeightsExport.class,
            WeightsImport.class,
            WeightsMergeDelta.class,
            WeightsRandom.class,
            WeightsCheck.class,
            WeightsVerify.class
        })
public final class WeightsCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command of weights");
    }
}
