package org.minigpt4j.train.record;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.Replicas;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.TrainListener;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Lets the model caption the same few samples before training and after epochs, on the first
 * replica's thread between two steps. It reads the projection and the frozen weights, draws no
 * random numbers and takes no sample from training, so it does not change the training by a bit.
 */
public final class SampleWriter implements TrainListener {

    private final SampleCaptions captions;
    private final int everyEpochs;
    private final String title;
    private final Replicas replicas;
    private final Schedule schedule;
    private final RunFolder folder;
    private final Consumer<Path> record;
    private final Consumer<String> warn;
    private SampleSheet sheet;

    /**
     * @param record receives the page each time it is written
     * @param warn receives a message if captioning fails; the run continues
     */
    public SampleWriter(
            TrainConfig config,
            SampleCaptions captions,
            Replicas replicas,
            Schedule schedule,
            RunFolder folder,
            Consumer<Path> record,
            Consumer<String> warn) {
        this.captions = captions;
        everyEpochs = config.run().samples().everyEpochs();
        title = "Samples of " + config.run().task() + ", " + folder.root();
        this.replicas = replicas;
        this.schedule = schedule;
        this.folder = folder;
        this.record = record;
        this.warn = warn;
    }

    /**
     * Also generates the captions of an epoch's end if the run was stopped before they were
     * complete.
     */
    @Override
    public void begin(int step, int total) {
        int epochs = step / schedule.stepsPerEpoch();
        unharmed(
                epochs,
                () -> {
                    List<SampleSheet.Sample> samples = captions.samples();
                    sheet =
                            step == 0
                                    ? new SampleSheet(samples, new TreeMap<>())
                                    : SampleSheet.goOn(folder, samples, epochs);
                    boolean between = step % schedule.stepsPerEpoch() == 0;
                    if (between && !sheet.texts().containsKey(epochs)) {
                        write(epochs);
                    }
                });
    }

    @Override
    public void epoch(EpochReport report) {
        if (sheet != null) {
            unharmed(report.epoch() + 1, () -> write(report.epoch() + 1));
        }
    }

    private void write(int epochs) throws InterruptedException {
        if (epochs % everyEpochs != 0 && epochs < schedule.epochs()) {
            return;
        }
        Optional<List<String>> texts = replicas.aside(captions::texts);
        if (texts.isPresent()) {
            sheet.texts().put(epochs, texts.get());
            sheet.write(folder, title);
            record.accept(folder.samplesPage());
        }
    }

    private interface Writing {
        void run() throws InterruptedException;
    }

    /** Running out of memory or disk space must not end the run. */
    private void unharmed(int epochs, Writing writing) {
        try {
            writing.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the loop stops at its next wait
        } catch (RuntimeException | LinkageError e) {
            warn.accept("run.samples: no captions after epoch " + epochs + ": " + e.getMessage());
        }
    }
}
