package org.minigpt4j.train;

/**
 * One iteration in figures.
 *
 * @param step iterations done, this one included
 * @param epoch its epoch, from 0
 * @param iteration its place in the epoch, from 0
 * @param loss mean cross entropy over all its labelled tokens, before the update
 * @param learningRate the rate of this iteration
 * @param gradientNorm Euclidean norm of the gradient, after averaging and unscaling
 * @param scale factor on the loss, 1 without loss scaling
 * @param skipped true if the update was due and the gradient was not finite
 * @param work what was in it
 * @param phases where its time went
 * @param peakFlops operations a second that the devices could do at best
 */
public record StepReport(
        int step,
        int epoch,
        int iteration,
        double loss,
        double learningRate,
        double gradientNorm,
        double scale,
        boolean skipped,
        Workload work,
        StepTimes phases,
        double peakFlops) {

    /** How long it took, waiting for data included. */
    public double seconds() {
        return phases.total();
    }

    /** Images a second. */
    public double samplesPerSecond() {
        return work.samples() / seconds();
    }

    /** Model FLOPs utilisation: useful operations as a share of the best the devices could do. */
    public double mfu() {
        return work.flops() / seconds() / peakFlops;
    }
}
