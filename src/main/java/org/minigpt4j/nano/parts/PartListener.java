package org.minigpt4j.nano.parts;

/** Hears how a part learns. */
@FunctionalInterface
public interface PartListener {

    /** Means over the steps since the last report. */
    void report(Report report);

    /**
     * Where a part stands.
     *
     * @param part its name
     * @param step steps done
     * @param steps steps in all
     * @param loss mean loss
     * @param right share of key words said rightly
     * @param norm mean length of the gradient
     * @param rate the learning rate
     * @param secondsLeft at the pace of late
     */
    record Report(
            String part,
            int step,
            int steps,
            double loss,
            double right,
            double norm,
            double rate,
            double secondsLeft) {}
}
