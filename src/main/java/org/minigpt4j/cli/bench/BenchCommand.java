package org.minigpt4j.cli.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code launch/bench}: measurements. */
@Command(
        name = "bench",
        description = "Measures how fast this machine is.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchStep.class,
            BenchAllreduce.class,
            BenchCompare.class,
            BenchGenerate.class,
            BenchData.class,
            BenchPrepare.class,
            BenchServe.class,
            BenchSoak.class,
            BenchTracking.class
        })
public final class BenchCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command of bench");
    }
}
