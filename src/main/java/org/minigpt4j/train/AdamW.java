package org.minigpt4j.train;

import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with the rounding of PyTorch's
 * AdamW: decay comes first, bias corrections are computed in double, and epsilon is added after
 * them. Biases and norms do not decay, see {@link TrainableTensor#decays}. It runs on the host,
 * where gradients are summed anyway, so results are the same for every device.
 */
public final class AdamW {

    private static final double EPSILON = 1e-8;

    private final double beta1;
    private final double beta2;
    private final double weightDecay;
    private final TrainableValues firstMoment;
    private final TrainableValues secondMoment;
    private int step;

    /**
     * Creates an optimizer that continues after {@code step} steps with these moments; it keeps the
     * arrays.
     *
     * @param beta2 decay of the second moment; the first moment decays with 0.9
     * @param weightDecay fraction of a weight that a step with learning rate 1 subtracts
     */
    public AdamW(
            double beta2,
            double weightDecay,
            TrainableValues firstMoment,
            TrainableValues secondMoment,
            int step) {
        this.beta1 = 0.9;
        this.beta2 = beta2;
        this.weightDecay = weightDecay;
        this.firstMoment = firstMoment;
        this.secondMoment = secondMoment;
        this.step = step;
    }

    /** Updates {@code values} in place. */
    public void step(TrainableValues values, TrainableValues gradient, double learningRate) {
        step++;
        for (TrainableTensor tensor : values.set().tensors()) {
            int from = values.set().offset(tensor.name());
            update(
                    values.values(),
                    gradient.values(),
                    from,
                    from + tensor.length(),
                    learningRate,
                    tensor.decays() ? weightDecay : 0);
        }
    }

    private void update(float[] p, float[] g, int from, int to, double rate, double decay) {
        float[] m = firstMoment.values();
        float[] v = secondMoment.values();
        float keep = (float) (1 - rate * decay);
        float b1 = (float) beta1;
        float b2 = (float) beta2;
        float c1 = (float) (1 - beta1);
        float c2 = (float) (1 - beta2);
        float stepSize = (float) (rate / (1 - Math.pow(beta1, step)));
        float root = (float) Math.sqrt(1 - Math.pow(beta2, step));
        float epsilon = (float) EPSILON;
        for (int i = from; i < to; i++) {
            m[i] = m[i] * b1 + g[i] * c1;
            v[i] = v[i] * b2 + g[i] * g[i] * c2;
            float denominator = (float) Math.sqrt(v[i]) / root + epsilon;
            p[i] = p[i] * keep - stepSize * (m[i] / denominator);
        }
    }

    /** Number of steps taken. */
    public int stepCount() {
        return step;
    }

    /** Running mean of the gradient; each step changes it in place. */
    public TrainableValues firstMoment() {
        return firstMoment;
    }

    /** Running mean of the squared gradient; each step changes it in place. */
    public TrainableValues secondMoment() {
        return secondMoment;
    }
}
