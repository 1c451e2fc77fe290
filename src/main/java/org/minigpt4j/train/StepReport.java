package org.minigpt4j.train;

/**
 * The figures of one step.
 *
 * @param step its number in the run, from 1
 * @param epoch its epoch, from 0
 * @param loss mean cross entropy over all its labelled tokens, before the update
 * @param learningRate learning rate of this step
 * @param gradientNorm Euclidean norm of the gradient, after averaging and unscaling
 * @param scale factor on the loss, 1 without loss scaling
 * @param skipped true if an update was due but the gradient was not finite
 * @param work number of samples, tokens and operations
 * @param times durations of its phases
 * @param memory memory in use at its end
 * @param peakFlops peak operations per second of the devices
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

    /** Duration in seconds, including waiting for data. */
    public double seconds() {
        return times.total();
    }

    /** Images per second. */
    public double samplesPerSecond() {
        return work.samples() / seconds();
    }

    /** Sequence positions per second, without padding. */
    public double tokensPerSecond() {
        return work.tokens() / seconds();
    }

    /** Useful operations per second, in units of 10^12. */
    public double teraflops() {
        return work.flops() / seconds() / 1e12;
    }

    /** Model FLOPs utilisation: useful operations as a fraction of the devices' peak. */
    public double mfu() {
        return work.flops() / seconds() / peakFlops;
    }
}
