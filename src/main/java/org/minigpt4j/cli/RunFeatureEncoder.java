package org.minigpt4j.cli;

import org.minigpt4j.data.StoredPictures;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.prepare.encode.FeatureEncoder;
import org.minigpt4j.train.run.RunEncoders;

import java.util.List;

/** Gives the Spark job, which knows nothing about training, the encoders of a training run. */
record RunFeatureEncoder(RunEncoders run) implements FeatureEncoder {

    @Override
    public FeatureStore store() {
        return run.store();
    }

    @Override
    public int batch() {
        return run.batch();
    }

    @Override
    public StoredPictures pictures(List<String> gpus) {
        return run.pictures(gpus);
    }

    @Override
    public List<float[]> features(List<String> gpus, List<byte[]> pixels)
            throws InterruptedException {
        return run.features(gpus, pixels);
    }

    @Override
    public void close() {
        RunEncoders.closeAll();
    }
}
