package org.minigpt4j.train;

/**
 * One step in figures.
 *
 * @param step its number in the run, from 1
 * @param epoch its epoch, from 0
 * @param loss mean cross entropy over all its labelled tokens, before the update
 * @param learningRate the rate of this step
 * @param gradientNorm Euclidean norm of the gradient, after averaging and unscaling
 * @param scale factor on the loss, 1 without loss scaling
 * @param skipped true if an update was due and the gradient was not finite
 * @param work what was in it
 * @param times where its time went
 * @param memory in use at its end
 * @param peakFlops operations a second that the devices could do at best
 */
public record StepReport(
        int step,
        int epoch,
        double loss,
        double learningRate,
        double gradientNorm,
        double scale,
        boolean skipped,
        Workload work,
        StepTimes times,
        ProcessMemory memory,
        double peakFlops) {

    /** How long it took, waiting for data included. */
    public double seconds() {
        return times.total();
    }

    /** Images a second. */
    public double samplesPerSecond() {
        return work.samples() / seconds();
    }

    /** Places of the sequences a second, padding left out. */
    public double tokensPerSecond() {
        return work.tokens() / seconds();
    }

    /** Useful operations a second, in units of 10^12. */
    public double teraflops() {
        return work.flops() / seconds() / 1e12;
    }

    /** Model FLOPs utilisation: useful operations as a share of the best the devices could do. */
    public double mfu() {
        return work.flops() / seconds() / peakFlops;
    }
}
