package org.minigpt4j.cli.screen;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.eval.answer.TrainingEvaluation;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.run.HostsRun;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.TrainRun;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Runs a training and shows it on the console: loading, progress, and the result. */
public final class TrainConsole {

    private final PrintWriter out;
    private final boolean terminal = Terminal.isThere();

    public TrainConsole(CommandLine command) {
        out = command.getOut();
    }

    /**
     * The result of a run.
     *
     * @param losses the loss at its start and end
     * @param exitCode 0 if the run finished, otherwise that of the signal that stopped it
     */
    public record Outcome(LossWindow losses, int exitCode) {}

    /** Opens a run, trains it to the end, and prints the loss at its start and end. */
    public Outcome train(TrainConfig config, Resume resume) throws InterruptedException {
        try (StopSignal stop = StopSignal.listen(out)) {
            try {
                return train(config, resume, stop);
            } catch (CancellationException e) {
                out.println("Stopped before training began; nothing was changed.");
                out.flush();
                return new Outcome(LossWindow.NONE, stop.exitCode());
            }
        }
    }

    private Outcome train(TrainConfig config, Resume resume, StopSignal stop)
            throws InterruptedException {
        TrainingProgress progress =
                new TrainingProgress(out, terminal, config.run().logFreq(), Terminal::columns);
        LoadingProgress loading = new LoadingProgress(out, terminal, stop);
        config.notices().forEach(out::println);
        loading.begin();
        // Check the questions before loading weights.
        TrainingEvaluation asked = TrainingEvaluation.open(config, progress::warn).orElse(null);
        try (asked;
                TrainRun run = TrainRun.open(config, resume, loading)) {
            loading.done();
            if (asked != null) {
                run.evaluate(asked);
            }
            stop.training();
            run.notices().forEach(out::println);
            RunOutcome ending = run.train(List.of(progress), progress::warn, stop);
            return ended(progress, ending, run.folder(), run.best(), stop);
        } finally {
            progress.close();
        }
    }

    /** Does the same as {@link #train(TrainConfig, Resume)} on the hosts of a cluster. */
    public Outcome trainOnHosts(
            Path file, List<String> overrides, TrainConfig config, Resume resume)
            throws InterruptedException {
        TrainingProgress progress =
                new TrainingProgress(out, terminal, config.run().logFreq(), Terminal::columns);
        config.notices().forEach(out::println);
        try (StopSignal stop = StopSignal.listen(out);
                HostsRun run = HostsRun.open(file, overrides, config, resume)) {
            stop.training();
            run.notices().forEach(out::println);
            out.flush();
            RunOutcome ending = run.train(List.of(progress), progress::warn, stop);
            return ended(progress, ending, run.folder(), run.best(), stop);
        } finally {
            progress.close();
        }
    }

    private Outcome ended(
            TrainingProgress progress,
            RunOutcome ending,
            RunFolder folder,
            Optional<String> best,
            StopSignal stop) {
        progress.close();
        LossWindow losses = progress.losses();
        String how =
                ending == RunOutcome.STOPPED && losses.count() == 0
                        ? "Stopped before a step was done."
                        : losses.sentence();
        out.println(how + " Checkpoints and logs: " + folder.root());
        best.ifPresent(out::println);
        if (ending == RunOutcome.STOPPED) {
            out.println("Stopped and saved. Run the same command to continue.");
        }
        out.flush();
        return new Outcome(losses, ending == RunOutcome.STOPPED ? stop.exitCode() : 0);
    }
}
