package org.minigpt4j.cli.track;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.SpoolReplay;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/track sync}. */
@Command(
        name = "sync",
        description = {
            "Sends what runs could not send, to the stores that they were to go to.",
            "",
            "Runs that are on send for themselves. Exit code 1: something is left, or could not be"
                    + " read."
        })
final class TrackSync implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            defaultValue = "output",
            description =
                    "An output folder, or the folder that output folders lie in. Default:"
                            + " ${DEFAULT-VALUE}.")
    private Path folder;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new UsageException("there is no folder " + folder);
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean done = true;
        try {
            List<SpoolReplay.Outcome> outcomes =
                    new SpoolReplay(TrackingEnvironment.ofProcess(), TrackCommand.DEADLINE)
                            .deliverBelow(folder);
            for (SpoolReplay.Outcome outcome : outcomes) {
                if (outcome.readable()) {
                    out.printf(
                            "%s: %d entries sent, %d left%s%n",
                            outcome.run(),
                            outcome.sent(),
                            outcome.left(),
                            outcome.problem().map(why -> " (" + why + ")").orElse(""));
                } else {
                    out.println(outcome.problem().orElseThrow());
                }
                done &= outcome.readable() && outcome.left() == 0;
            }
            if (outcomes.isEmpty()) {
                out.println("No run was recorded in " + folder + ".");
            }
        } catch (IOException e) {
            throw new FailedException("could not read " + folder + ": " + e.getMessage(), e);
        }
        out.flush();
        return done ? 0 : 1;
    }
}
