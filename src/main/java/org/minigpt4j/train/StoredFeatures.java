package org.minigpt4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.MiniGpt4;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Features from a store. Missing ones are computed together, stored, and used in the form in which
 * they will be read back, so a batch holds the same numbers either way. Held-out samples have no
 * name in the store and are computed each time.
 */
record StoredFeatures(FeatureStore store) implements FeatureCache {

    @Override
    public NDArray features(NDManager results, MiniGpt4 model, MicroBatch batch) {
        List<Example> examples = batch.examples();
        if (examples.stream().allMatch(example -> example.sample().isEmpty())) {
            return FeatureCache.computed(results, model, examples);
        }
        Backbone backbone = model.backbone();
        int queries = backbone.qformer().dims().queries();
        int width = backbone.qformer().dims().width();
        int length = queries * width;
        float[] all = new float[examples.size() * length];
        List<Integer> unknown = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            Example example = examples.get(i);
            // A sample missing when the example was prepared may have been computed since.
            Optional<float[]> known = example.features().or(() -> store.get(example.sample()));
            if (known.isPresent()) {
                System.arraycopy(known.get(), 0, all, i * length, length);
            } else {
                unknown.add(i);
            }
        }
        if (!unknown.isEmpty()) {
            float[] computed = compute(results, model, examples, unknown);
            for (int j = 0; j < unknown.size(); j++) {
                float[] one = Arrays.copyOfRange(computed, j * length, (j + 1) * length);
                float[] kept = store.put(examples.get(unknown.get(j)).sample(), one);
                System.arraycopy(kept, 0, all, unknown.get(j) * length, length);
            }
        }
        return results.create(all, new Shape(examples.size(), queries, width));
    }

    private static float[] compute(
            NDManager results, MiniGpt4 model, List<Example> examples, List<Integer> unknown) {
        List<Example> needed = unknown.stream().map(examples::get).toList();
        try (NDArray features = FeatureCache.computed(results, model, needed)) {
            return features.toFloatArray();
        }
    }
}
