package org.minigpt4j.cli.track;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.track.SpoolReplay;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/track sync}: sends records that could not be sent during the run. */
@Command(
        name = "sync",
        description = {
            "Sends the records that runs could not send to their stores.",
            "",
            "Runs that you did not start from this account are only listed, with the"
                    + " addresses they name; --all sends them too. MLFLOW_TRACKING_TOKEN and"
                    + " other credentials are sent only to the server of MLFLOW_TRACKING_URI;"
                    + " if that is not set, only to the servers you configured for your own"
                    + " runs.",
            "",
            "Runs in progress send their own records. Exit code 1: something could"
                    + " not be sent or read."
        })
final class TrackSync implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            defaultValue = "output",
            description =
                    "An output folder, or a folder that contains output folders."
                            + " Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(names = "--all", description = "Also send runs that others started.")
    private boolean all;

    @Option(
            names = "--restore-deleted",
            description = "Restore experiments and runs that were deleted in MLflow, then send.")
    private boolean restoreDeleted;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new UsageException("there is no folder " + folder);
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean done = true;
        try {
            TrackingEnvironment environment = TrackingEnvironment.ofProcess();
            SpoolReplay replay =
                    restoreDeleted
                            ? SpoolReplay.restoring(environment, TrackCommand.DEADLINE)
                            : new SpoolReplay(environment, TrackCommand.DEADLINE);
            List<SpoolReplay.Foreign> foreign = replay.foreignBelow(folder);
            foreign.forEach(run -> out.println(sentence(run)));
            out.flush();
            List<SpoolReplay.Outcome> outcomes = replay.deliverBelow(folder, all);
            for (SpoolReplay.Outcome outcome : outcomes) {
                if (outcome.readable()) {
                    out.printf(
                            "%s: %d entries sent, %d left%s%n",
                            ForeignText.line(outcome.run()),
                            outcome.sent(),
                            outcome.left(),
                            outcome.problem()
                                    .map(why -> " (" + ForeignText.line(why) + ")")
                                    .orElse(""));
                } else {
                    out.println(ForeignText.line(outcome.problem().orElseThrow()));
                }
                done &= outcome.readable() && outcome.left() == 0;
            }
            if (outcomes.isEmpty() && foreign.isEmpty()) {
                out.println("No run was recorded in " + folder + ".");
            }
        } catch (IOException e) {
            throw new FailedException("could not read " + folder + ": " + e.getMessage(), e);
        }
        out.flush();
        return done ? 0 : 1;
    }

    private String sentence(SpoolReplay.Foreign run) {
        return "%s: run %s of %s was not started by you; it goes to %s%s"
                .formatted(
                        ForeignText.line(run.folder().toString()),
                        ForeignText.line(run.run()),
                        ForeignText.line(run.user()),
                        ForeignText.line(run.uri()),
                        all ? "" : " with --all");
    }
}
