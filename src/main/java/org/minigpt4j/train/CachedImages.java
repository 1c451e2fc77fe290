package org.minigpt4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.data.Example;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.model.Backbone;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Images whose features may be known already. Those that are not are computed together, kept, and
 * taken as they will be read, so a batch holds the same numbers either way.
 */
final class CachedImages implements Batch.Images {

    private final FeatureStore store;
    private final List<Example> examples;

    CachedImages(FeatureStore store, List<Example> examples) {
        this.store = store;
        this.examples = examples;
    }

    @Override
    public NDArray features(NDManager results, Backbone backbone) {
        int queries = backbone.qformer().dims().queries();
        int width = backbone.qformer().dims().width();
        int length = queries * width;
        float[] all = new float[examples.size() * length];
        List<Integer> unknown = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            Example example = examples.get(i);
            // What was not known when the example was made may have been computed since.
            Optional<float[]> known = example.features().or(() -> store.get(example.sample()));
            if (known.isPresent()) {
                System.arraycopy(known.get(), 0, all, i * length, length);
            } else {
                unknown.add(i);
            }
        }
        if (!unknown.isEmpty()) {
            float[] computed = compute(results, backbone, unknown);
            for (int j = 0; j < unknown.size(); j++) {
                float[] one = Arrays.copyOfRange(computed, j * length, (j + 1) * length);
                float[] kept = store.put(examples.get(unknown.get(j)).sample(), one);
                System.arraycopy(kept, 0, all, unknown.get(j) * length, length);
            }
        }
        return results.create(all, new Shape(examples.size(), queries, width));
    }

    private float[] compute(NDManager results, Backbone backbone, List<Integer> unknown) {
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(
                        unknown.stream().mapToInt(i -> examples.get(i).pixels().length).sum());
        for (int i : unknown) {
            pixels.put(examples.get(i).pixels());
        }
        pixels.flip();
        try (NDArray features = backbone.features(results, pixels, unknown.size())) {
            return features.toFloatArray();
        }
    }
}
