package org.minigpt4j.cli;

import org.minigpt4j.config.TrainConfig;
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

    /** Opens a run, trains it to the end and says how the loss went. */
    Losses train(TrainConfig config, Resume resume) throws InterruptedException {
        TrainingProgress progress = new TrainingProgress(out, terminal, config.run().logFreq());
        LoadingProgress loading = new LoadingProgress(out, terminal);
        try (TrainRun run = TrainRun.open(config, resume, loading)) {
            loading.done();
            run.notices().forEach(out::println);
            run.train(List.of(progress));
            Losses losses = progress.losses();
            out.println(losses.sentence() + " Checkpoints and logs: " + run.folder().root());
            out.flush();
            return losses;
        } finally {
            progress.close();
        }
    }
}
