package org.minigpt4j.nano.parts;

/** Adds up steps between two reports. */
final class PartProgress {

    private final String part;
    private final int steps;
    private final PartListener listener;
    private int from;
    private long since = System.nanoTime();
    private double loss;
    private double right;
    private double norm;
    private double rate;

    PartProgress(String part, int from, int steps, PartListener listener) {
        this.part = part;
        this.from = from;
        this.steps = steps;
        this.listener = listener;
    }

    void step(int step, double loss, double right, double norm, double rate) {
        this.loss += loss;
        this.right += right;
        this.norm += norm;
        this.rate = rate;
    }

    void report(int step) {
        int n = step - from;
        double seconds = (System.nanoTime() - since) / 1e9;
        listener.report(
                new PartListener.Report(
                        part,
                        step,
                        steps,
                        loss / n,
                        right / n,
                        norm / n,
                        rate,
                        seconds / n * (steps - step)));
        from = step;
        since = System.nanoTime();
        loss = 0;
        right = 0;
        norm = 0;
    }
}
