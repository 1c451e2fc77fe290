package org.minigpt4j.cli;

import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.Ending;
import org.minigpt4j.train.Resume;
import org.minigpt4j.train.TrainRun;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.util.List;

/** What a person sees of a run: the loading of weights, the progress of training, where it went. */
final class Screen {

    private final PrintWriter out;
    private final boolean terminal = System.console() != null;

    Screen(CommandLine command) {
        out = command.getOut();
    }

    /**
     * What became of a run.
     *
     * @param losses how its loss went
     * @param exitCode 0 if it came to its end, else that of the signal which stopped it
     */
    record Outcome(Losses losses, int exitCode) {}

    /** Opens a run, trains it to the end and says how the loss went. */
    Outcome train(TrainConfig config, Resume resume) throws InterruptedException {
        TrainingProgress progress = new TrainingProgress(out, terminal, config.run().logFreq());
        LoadingProgress loading = new LoadingProgress(out, terminal);
        try (StopSignal stop = StopSignal.listen(out);
                TrainRun run = TrainRun.open(config, resume, loading)) {
            loading.done();
            run.notices().forEach(out::println);
            Ending ending = run.train(List.of(progress), progress::warn, stop);
            progress.close();
            Losses losses = progress.losses();
            out.println(losses.sentence() + " Checkpoints and logs: " + run.folder().root());
            run.best().ifPresent(out::println);
            if (ending == Ending.STOPPED) {
                out.println("Stopped and saved; the same command goes on from here.");
            }
            out.flush();
            return new Outcome(losses, ending == Ending.STOPPED ? stop.exitCode() : 0);
        } finally {
            progress.close();
        }
    }
}
