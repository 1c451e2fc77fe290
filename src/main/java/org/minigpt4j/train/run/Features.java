package org.minigpt4j.train.run;

import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.feature.FeatureFormat;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableValues;

import java.util.Optional;

/** Opens the feature store named in a configuration. */
final class Features {

    private Features() {}

    /**
     * Opens {@code run.cache_features} for the output of these encoders; empty if it is not set.
     *
     * @param carried weights of the Q-Former that do not come from its file
     * @throws org.minigpt4j.UsageException if the store holds the output of other encoders
     */
    static Optional<FeatureStore> open(
            TrainConfig config,
            ModelFiles files,
            TrainableValues carried,
            ComputePrecision precision) {
        RunConfig run = config.run();
        if (run.cacheFeatures().isEmpty()) {
            return Optional.empty();
        }
        FeatureFormat format =
                switch (run.cacheFeaturesPrecision()) {
                    case AUTO, FP16 -> FeatureFormat.FP16;
                    case BF16 -> FeatureFormat.BF16;
                    case FP32 -> FeatureFormat.FP32;
                };
        String madeWith =
                "encoders sha256 %s, resize %s, computed in %s"
                        .formatted(files.encoderHash(carried), files.vit().imageSize(), precision);
        return Optional.of(
                FeatureStore.open(
                        run.cacheFeatures().get(),
                        madeWith,
                        format,
                        files.qformer().queries() * files.qformer().width()));
    }
}
