package org.minigpt4j.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * The running figures of a run, kept in its checkpoints so that means come out the same after a
 * resume.
 *
 * @param counted iterations of the epoch so far
 * @param loss sum of their losses, added in order
 * @param rate sum of their learning rates, added in order
 * @param lastRate learning rate of the run's last iteration
 * @param skips updates skipped in a row, up to now
 * @param recent losses of the last iterations, at most {@value #RECENT}
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

    /** One more iteration. */
    public RunningMeans plus(double iterationLoss, double iterationRate) {
        List<Double> losses = new ArrayList<>(recent);
        losses.add(iterationLoss);
        return new RunningMeans(
                counted + 1,
                loss + iterationLoss,
                rate + iterationRate,
                iterationRate,
                skips,
                List.copyOf(losses.subList(Math.max(0, losses.size() - RECENT), losses.size())),
                null);
    }

    /** The loss on held-out data was measured. */
    public RunningMeans measured(double heldOutLoss) {
        return new RunningMeans(counted, loss, rate, lastRate, skips, recent, heldOutLoss);
    }

    /** An epoch is over. */
    public RunningMeans nextEpoch() {
        return new RunningMeans(0, 0, 0, lastRate, skips, recent, heldOut);
    }

    /** An update was done, or skipped. */
    public RunningMeans updated(boolean done) {
        return new RunningMeans(
                counted, loss, rate, lastRate, done ? 0 : skips + 1, recent, heldOut);
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
