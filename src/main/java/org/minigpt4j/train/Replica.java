package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;

import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableValues;

import java.util.List;

/** A copy of the trainable tensors on one device, which computes its share of each step. */
public final class Replica implements AutoCloseable {

    private final MiniGpt4 model;
    private final FeatureCache features;

    /**
     * Creates a replica that owns {@code model} and gets pictures' features from {@code features}.
     */
    public Replica(MiniGpt4 model, FeatureCache features) {
        this.model = model;
        this.features = features;
    }

    /**
     * The gradient of one micro-batch, copied to the host.
     *
     * @param loss cross entropy summed over its labels
     * @param gradient gradient times the requested scale
     */
    public record Result(double loss, TrainableValues gradient) {

        static List<TrainableValues> gradients(List<Result> results) {
            return results.stream().map(Result::gradient).toList();
        }
    }

    /**
     * Runs a micro-batch forward and backward; {@code scale} multiplies the gradient, not the loss.
     */
    public Result forwardBackward(MicroBatch batch, GradientCollector collector, double scale) {
        try (NDManager step = model.manager().newSubManager()) {
            NDArray seen = features.features(step, model, batch);
            double loss = model.backward(seen, batch.text(), batch.position(), collector, scale);
            return new Result(loss, model.takeGradient());
        }
    }

    /** Returns the loss of a micro-batch, summed over its labels, without a gradient. */
    double forward(MicroBatch batch) {
        try (NDManager step = model.manager().newSubManager()) {
            NDArray seen = features.features(step, model, batch);
            return model.loss(seen, batch.text());
        }
    }

    /** The device it computes on. */
    Device device() {
        return model.manager().getDevice();
    }

    /** The model, for uses outside of a step. */
    MiniGpt4 model() {
        return model;
    }

    /** Replaces the trainable tensors with these values. */
    public void setTrainable(TrainableValues values) {
        model.setTrainable(values);
    }

    @Override
    public void close() {
        model.close();
    }
}
