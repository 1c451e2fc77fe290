package org.minigpt4j.train.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.FeatureCache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The frozen image encoder and Q-Former on each device of a process. Safe for use by many threads;
 * each device processes one call at a time.
 */
final class LoadedEncoders implements AutoCloseable {

    private final List<Place> places = new ArrayList<>();

    private record Place(Backbone backbone, ReentrantLock lock) {}

    /**
     * Loads the encoders as a run does.
     *
     * @throws org.minigpt4j.UsageException if a device or a file is missing or does not fit
     */
    LoadedEncoders(RunPlan plan) {
        TrainableValues carried = StartingPoint.carried(plan.config(), plan.files());
        try {
            for (var device : plan.devices().stream().distinct().toList()) {
                Backbone one = plan.files().loadEncoders(device, plan.precision(), carried);
                places.add(new Place(one, new ReentrantLock()));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Returns the Q-Former's output for each picture.
     *
     * @param pictures the encoders' input: RGB, row by row
     * @throws InterruptedException if the thread is interrupted while all devices are busy
     */
    List<float[]> features(List<byte[]> pictures) throws InterruptedException {
        Place place =
                places.stream()
                        .min(
                                Comparator.comparing(
                                        one ->
                                                one.lock().getQueueLength()
                                                        + (one.lock().isLocked() ? 1 : 0)))
                        .orElseThrow();
        place.lock().lockInterruptibly();
        try (NDManager results = place.backbone().manager().newSubManager();
                NDArray features =
                        place.backbone()
                                .features(
                                        results, FeatureCache.pixels(pictures), pictures.size())) {
            float[] all = features.toFloatArray();
            int length = all.length / pictures.size();
            List<float[]> each = new ArrayList<>();
            for (int i = 0; i < pictures.size(); i++) {
                each.add(Arrays.copyOfRange(all, i * length, (i + 1) * length));
            }
            return each;
        } finally {
            place.lock().unlock();
        }
    }

    @Override
    public void close() {
        places.forEach(place -> place.backbone().close());
    }
}
