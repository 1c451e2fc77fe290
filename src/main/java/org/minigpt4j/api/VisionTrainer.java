package org.minigpt4j.api;

import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;

import org.minigpt4j.FailedException;
import org.minigpt4j.chat.export.UpstreamExport;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.AdamW;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trains the trainable part of a model in this process, on your own samples. For long runs with
 * checkpoints, several devices and tracking, use launch/train. Not thread-safe, and limited to one
 * trainer per process, because DJL allows one gradient collector.
 */
public final class VisionTrainer {

    private static final double BETA2 = 0.999;
    private static final double WEIGHT_DECAY = 0.05;

    private final VisionModel model;
    private final AdamW optimizer;
    private long step;

    VisionTrainer(VisionModel model) {
        this.model = model;
        TrainableValues zeros =
                model.parts().alone((parts, tokenizer) -> parts.trainable().zeros());
        optimizer = new AdamW(BETA2, WEIGHT_DECAY, zeros, zeros.copy(), 0);
    }

    /**
     * Does one AdamW step on the next samples. They are used in order, starting over after the last
     * one. Unusable samples are skipped.
     *
     * @param batchSize number of samples in the step
     * @return the mean cross entropy of their captions' tokens before the step
     * @throws FailedException if the storage fails or no sample is usable
     */
    public double step(SampleSource source, int batchSize, double learningRate) {
        List<SampleSource.RawSample> samples = next(source, batchSize);
        ByteBuffer pixels =
                model.pixels(samples.stream().map(SampleSource.RawSample::image).toList());
        List<String> captions = samples.stream().map(SampleSource.RawSample::caption).toList();
        return model.parts()
                .alone(
                        (parts, tokenizer) ->
                                step(parts, tokenizer, pixels, captions, learningRate));
    }

    private double step(
            MiniGpt4 parts,
            Tokenizer tokenizer,
            ByteBuffer pixels,
            List<String> captions,
            double learningRate) {
        TextBatch text = model.text(parts, tokenizer, captions, step);
        int labels = text.labels().length;
        double loss;
        try (NDManager manager = parts.manager().newSubManager()) {
            var looked = parts.look(manager, pixels, captions.size());
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                loss = parts.backward(looked, text, step, collector, 1.0 / labels);
            }
        }
        TrainableValues values = parts.trainable();
        optimizer.step(values, parts.takeGradient(), learningRate);
        parts.setTrainable(values);
        step++;
        return loss / labels;
    }

    private long at;

    private List<SampleSource.RawSample> next(SampleSource source, int batchSize) {
        long size = Arrays.stream(source.shardSizes()).asLongStream().sum();
        List<SampleSource.RawSample> samples = new ArrayList<>();
        for (long tried = 0; samples.size() < batchSize; tried++) {
            if (tried >= size + batchSize && samples.isEmpty() || size == 0) {
                throw new FailedException("the source has no usable sample");
            }
            try {
                samples.add(source.read(at % size));
            } catch (BadSampleException e) {
                // skipped
            } catch (IOException e) {
                throw new FailedException("sample %d cannot be read: %s".formatted(at, e), e);
            }
            at++;
        }
        return samples;
    }

    /**
     * Writes the trained tensors to a file that {@code model.ckpt} accepts here and in upstream's
     * Python code.
     */
    public void save(Path file) {
        TrainableValues values = model.parts().alone((parts, tokenizer) -> parts.trainable());
        UpstreamExport.write(values, file);
    }
}
