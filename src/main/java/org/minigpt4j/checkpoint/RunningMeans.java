package org.minigpt4j.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The running figures of a run, kept in its checkpoints so that means come out the same after a
 * resume.
 *
 * @param counted steps of the epoch so far
 * @param loss sum of their losses, added in order
 * @param rate sum of their learning rates, added in order
 * @param lastRate learning rate of the run's last step
 * @param skips updates skipped in a row, up to now
 * @param recent losses of the last steps, at most {@value #RECENT}
 * @param heldOut loss on held-out data of the model as it stands; null where it was not measured
 */
public record RunningMeans(
        int counted,
        double loss,
        double rate,
        double lastRate,
        int skips,
        List<Double> recent,
        Double heldOut) {

    static final int RECENT = 100;
    public static final RunningMeans NONE = new RunningMeans(0, 0, 0, 0, 0, List.of(), null);

    /**
     * After one more step.
     *
     * @param updates whether it ended with an update
     * @param finite false if that update was skipped, since its gradient was not finite
     */
    public RunningMeans plus(double stepLoss, double stepRate, boolean updates, boolean finite) {
        List<Double> losses = new ArrayList<>(recent);
        losses.add(stepLoss);
        return new RunningMeans(
                counted + 1,
                loss + stepLoss,
                rate + stepRate,
                stepRate,
                !updates ? skips : finite ? 0 : skips + 1,
                List.copyOf(losses.subList(Math.max(0, losses.size() - RECENT), losses.size())),
                null);
    }

    /**
     * At the start of the next epoch.
     *
     * @param measured loss on held-out data at the end of this one, if it was measured
     */
    public RunningMeans nextEpoch(OptionalDouble measured) {
        return new RunningMeans(
                0,
                0,
                0,
                lastRate,
                skips,
                recent,
                measured.isPresent() ? Double.valueOf(measured.getAsDouble()) : heldOut);
    }

    public double meanLoss() {
        return loss / counted;
    }

    public double meanRate() {
        return rate / counted;
    }

    /**
     * What checkpoints are compared by: the loss on held-out data, else the mean of the recent
     * losses; infinite when that is no number.
     */
    double selectionLoss() {
        double loss =
                heldOut != null
                        ? heldOut
                        : recent.stream().mapToDouble(d -> d).average().orElse(Double.NaN);
        return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }
}
