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
 * Computes the features of a run's pictures before the run: holds its pictures, its encoders and
 * its feature store. Serializable, so it can be sent to other hosts.
 *
 * <p>Spark runs several tasks in a process, and they share only what the class loader holds.
 * Encoders are too large for each task to load its own. So everything opened is in a static table
 * until {@link #closeAll} or the end of the process.
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
     * Creates the encoders of a configuration.
     *
     * @throws UsageException if it does not set {@code run.cache_features}
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
     * Opens the store, or creates it.
     *
     * @throws UsageException if it holds the output of other encoders, or the weights are not
     *     usable
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
     * The run's pictures, shared by the whole process and opened on first use.
     *
     * @param gpus numbers of the GPUs assigned to the task; empty if Spark assigns none
     */
    public StoredPictures pictures(List<String> gpus) {
        return opened(gpus).pictures;
    }

    /**
     * Computes the Q-Former's output for each picture, on the first device of this process that is
     * free.
     *
     * @param gpus as in {@link #pictures}
     * @param pixels pixels of the pictures
     * @throws InterruptedException if the thread is interrupted
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

    /** Closes everything that was opened in this process; no task may be running. */
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
