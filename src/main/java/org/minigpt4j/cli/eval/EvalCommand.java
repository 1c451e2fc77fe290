package org.minigpt4j.cli.eval;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code launch/eval}: how good a model's answers are. */
@Command(
        name = "eval",
        description = "ScoreSheet what a model says.",
        subcommands = EvalScore.class)
public final class EvalCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name one of its commands");
    }
}
