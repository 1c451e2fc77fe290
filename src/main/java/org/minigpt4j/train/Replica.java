package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;

import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableValues;

import java.util.List;

/** One copy of what learns on one device, working through its share of each step. */
public final class Replica implements AutoCloseable {

    private final MiniGpt4 model;
    private final FeatureCache features;

    /** A replica that owns {@code model} and asks {@code features} about pictures. */
    public Replica(MiniGpt4 model, FeatureCache features) {
        this.model = model;
        this.features = features;
    }

    /**
     * The gradient of one micro-batch, brought to the host.
     *
     * @param loss cross entropy summed over its labels
     * @param gradient times the scale asked for
     */
    public record Result(double loss, TrainableValues gradient) {

        static List<TrainableValues> gradients(List<Result> results) {
            return results.stream().map(Result::gradient).toList();
        }
    }

    /** Runs a micro-batch; {@code scale} is a factor on the gradient, not on the loss. */
    public Result forwardBackward(MicroBatch batch, GradientCollector collector, double scale) {
        try (NDManager step = model.manager().newSubManager()) {
            NDArray seen = features.features(step, model, batch);
            double loss = model.backward(seen, batch.text(), batch.position(), collector, scale);
            return new Result(loss, model.takeGradient());
        }
    }

    /** The loss of a micro-batch, summed over its labels; nothing is learned. */
    double forward(MicroBatch batch) {
        try (NDManager step = model.manager().newSubManager()) {
            NDArray seen = features.features(step, model, batch);
            return model.loss(seen, batch.text());
        }
    }

    /** Where it computes. */
    Device device() {
        return model.manager().getDevice();
    }

    /** The model, for what is no step. */
    MiniGpt4 model() {
        return model;
    }

    /** Starts from these values. */
    public void setTrainable(TrainableValues values) {
        model.setTrainable(values);
    }

    @Override
    public void close() {
        model.close();
    }
}
