package org.minigpt4j.train.run;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.StoredPictures;
import org.minigpt4j.data.feature.FeatureStore;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run would make of its pictures, for whoever does it before the run: its pictures, its
 * encoders and its store of features. It can be sent to other hosts.
 *
 * <p>Spark runs several tasks in a process and gives them no object in common but what the class
 * loader holds, and encoders are too large for each task to have its own. So what was opened is in
 * a static table, until {@link #closeAll} or the end of the process.
 */
public record RunEncoders(ShippedConfig config, int batch) implements Serializable {

    private static final Map<Key, Opened> OPENED = new HashMap<>();

    private record Key(ShippedConfig config, List<String> gpus) {}

    private static final class Opened {
        private final ScratchFolder folder;
        private final TrainConfig config;
        private final StoredPictures pictures;
        private LoadedEncoders encoders;

        Opened(ScratchFolder folder, TrainConfig config) {
            this.folder = folder;
            this.config = config;
            pictures = StoredPictures.open(BatchSettings.from(config).unlisted());
        }

        synchronized LoadedEncoders encoders() {
            if (encoders == null) {
                encoders = new LoadedEncoders(RunPlan.of(config));
            }
            return encoders;
        }

        void close() throws IOException {
            if (encoders != null) {
                encoders.close();
            }
            pictures.close();
            folder.close();
        }
    }

    /**
     * The encoders of a configuration.
     *
     * @throws UsageException if it names no {@code run.cache_features}
     */
    public static RunEncoders of(Path file, List<String> overrides) {
        TrainConfig config = TrainConfig.load(file, overrides);
        if (config.run().cacheFeatures().isEmpty()) {
            throw new UsageException(
                    "run.cache_features is not set; name the folder that training will read, as in"
                            + " --options run.cache_features=features");
        }
        return new RunEncoders(
                ShippedConfig.of(file, overrides, config), config.run().batchSizeTrain());
    }

    /**
     * Opens the store, or begins it.
     *
     * @throws UsageException if it holds what others computed, or weights are not as they must be
     */
    public FeatureStore store() {
        try (ScratchFolder folder = ScratchFolder.create()) {
            RunPlan plan = RunPlan.of(config.open(folder.path(), List.of()));
            return Features.open(
                            plan.config(),
                            plan.files(),
                            StartingPoint.carried(plan.config(), plan.files()),
                            plan.precision())
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The run's pictures, shared by all of this process; opened when first asked for.
     *
     * @param gpus that Spark gave the task, by number; empty if it gives out none
     */
    public StoredPictures pictures(List<String> gpus) {
        return opened(gpus).pictures;
    }

    /**
     * What the queries see in each picture; on the device of this process that is free first.
     *
     * @param gpus as of {@link #pictures}
     * @param pixels of the pictures
     * @throws InterruptedException if the thread is told to stop
     */
    public List<float[]> features(List<String> gpus, List<byte[]> pixels)
            throws InterruptedException {
        return opened(gpus).encoders().features(pixels);
    }

    private Opened opened(List<String> gpus) {
        synchronized (OPENED) {
            return OPENED.computeIfAbsent(new Key(config, gpus), RunEncoders::open);
        }
    }

    private static Opened open(Key key) {
        try {
            ScratchFolder folder = ScratchFolder.create();
            try {
                return new Opened(folder, key.config().open(folder.path(), key.gpus()));
            } catch (RuntimeException | Error e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes what was opened in this process; no task may be running. */
    public static void closeAll() {
        synchronized (OPENED) {
            try {
                for (Opened one : OPENED.values()) {
                    one.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            OPENED.clear();
        }
    }
}
