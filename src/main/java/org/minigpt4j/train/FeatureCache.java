package org.minigpt4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.model.MiniGpt4;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Returns the frozen encoders' output for pictures, cached or computed. */
public interface FeatureCache {

    /** Returns the result of {@link MiniGpt4#look} for the pictures of a micro-batch. */
    NDArray features(NDManager results, MiniGpt4 model, MicroBatch batch);

    /** No cache: the encoders compute every picture. */
    static FeatureCache none() {
        return (results, model, batch) -> computed(results, model, batch.examples());
    }

    /** Caches results in {@code store}, if there is one; the caller closes the store. */
    static FeatureCache of(Optional<FeatureStore> store) {
        return store.<FeatureCache>map(StoredFeatures::new).orElseGet(FeatureCache::none);
    }

    /** Runs the encoders on all pictures in one batch. */
    static NDArray computed(NDManager results, MiniGpt4 model, List<Example> examples) {
        ByteBuffer pixels = pixels(examples.stream().map(Example::pixels).toList());
        return model.look(results, pixels, examples.size());
    }

    /** Concatenates pictures into a direct buffer, the encoders' input. */
    static ByteBuffer pixels(List<byte[]> pictures) {
        int bytes = pictures.stream().mapToInt(picture -> picture.length).sum();
        ByteBuffer pixels =
                MemoryShortage.of(
                        "the pixels of %d pictures".formatted(pictures.size()),
                        bytes,
                        "lower run.batch_size_train",
                        () -> ByteBuffer.allocateDirect(bytes));
        pictures.forEach(pixels::put);
        return pixels.flip();
    }
}
