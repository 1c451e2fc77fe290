package org.minigpt4j.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.training.GradientCollector;

import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.train.AdamW;
import org.minigpt4j.train.FeatureCache;
import org.minigpt4j.train.Replica;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A stage-1 training step with random weights and a fixed batch: images to features, loss,
 * gradient, optimizer. Every step does the same work, so their times can be compared.
 */
final class SyntheticStep implements AutoCloseable {

    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final double RATE = 1e-4;

    private final Backbone backbone;
    private final Replica replica;
    private final TrainableValues projection;
    private final AdamW optimizer;
    private final MicroBatch data;

    /**
     * Loads weights and creates the batch.
     *
     * @param int8 whether the language model is in int8
     * @param recompute whether the language model's layers are recomputed in the backward pass
     * @param batch number of samples
     * @param caption tokens per caption
     */
    SyntheticStep(
            Preset preset,
            ComputePrecision precision,
            boolean int8,
            boolean recompute,
            Device device,
            int batch,
            int caption) {
        backbone = new Backbone(device, preset.vit(), preset.qformer(), preset.llama(), recompute);
        replica = new Replica(new MiniGpt4(backbone), FeatureCache.none());
        WeightLoader loader = backbone.loader(precision, int8, (key, bytes) -> {});
        for (FrozenBlock block : List.of(backbone.vit(), backbone.qformer(), backbone.llama())) {
            var tensors = RandomWeights.tensors(block);
            loader.load(block, new RandomWeights(0).source(tensors), "bench");
        }
        projection =
                TrainableValues.initialProjection(
                        preset.llama().hidden(), preset.qformer().width(), 0);
        optimizer = new AdamW(0.999, 0.05, projection.zeros(), projection.zeros(), 0);
        replica.setTrainable(projection);
        data = randomBatch(preset, batch, caption);
    }

    private static MicroBatch randomBatch(Preset preset, int batch, int caption) {
        var random = new SplittableRandom(0);
        int side = preset.vit().imageSize();
        List<Example> examples = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            byte[] pixels = new byte[side * side * 3];
            random.nextBytes(pixels);
            int[] ids = random.ints(caption, EOS + 1, preset.llama().vocab() - 1).toArray();
            examples.add(new Example("bench", "" + b, pixels, ids, "", "", Optional.empty()));
        }
        var layout = new SequenceLayout(preset.qformer().queries(), BOS, EOS);
        return new MicroBatch(0, side, "bench", new int[0], new int[0], examples, layout);
    }

    /** Runs one step; returns the mean loss over the labels. */
    double run() {
        int labels = data.labels();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            var result = replica.forwardBackward(data, collector, 1.0 / labels);
            optimizer.step(projection, result.gradient(), RATE);
            replica.setTrainable(projection);
            return result.loss() / labels;
        }
    }

    Backbone backbone() {
        return backbone;
    }

    @Override
    public void close() {
        replica.close();
        backbone.close();
    }
}
