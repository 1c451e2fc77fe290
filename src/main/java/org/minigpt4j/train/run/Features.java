package org.minigpt4j.train.run;

import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.feature.FeatureFormat;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableValues;

import java.util.Optional;

/** The store of features that a configuration names. */
final class Features {

    private Features() {}

    /**
     * Opens {@code run.cache_features}, if it is set, for what these encoders compute.
     *
     * @param carried weights of the Q-Former that come from elsewhere than its file
     * @throws org.minigpt4j.UsageException if it holds what others computed
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
