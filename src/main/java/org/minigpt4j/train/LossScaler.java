package org.minigpt4j.train;

/**
 * The dynamic loss scale of float16 training, by the rule of PyTorch's GradScaler: gradients are
 * computed times the scale, so that small ones do not vanish; an update whose gradient is not
 * finite is skipped and halves the scale; 2000 good updates in a row double it. Off, the scale is 1
 * and stays.
 */
final class LossScaler {

    private static final float INITIAL = 65536;
    static final float GROWTH = 2;
    static final float BACKOFF = 0.5f;
    static final int GROWTH_INTERVAL = 2000;

    private final boolean enabled;
    private float scale;
    private int goodUpdates;

    /**
     * What a checkpoint keeps.
     *
     * @param enabled whether losses were scaled at all
     * @param scale GradScaler's {@code scale}
     * @param growthTracker good updates since it last changed
     */
    record State(boolean enabled, float scale, int growthTracker) {
        static final State INITIAL = new State(false, LossScaler.INITIAL, 0);
    }

    LossScaler(boolean enabled, State start) {
        this.enabled = enabled;
        scale = start.scale();
        goodUpdates = start.growthTracker();
    }

    /** The factor on the loss; 1 when off. */
    double scale() {
        return enabled ? scale : 1;
    }

    /** To be told of every update, done or skipped. */
    void updated(boolean finite) {
        if (!enabled) {
            return;
        }
        if (!finite) {
            scale *= BACKOFF;
            goodUpdates = 0;
        } else if (++goodUpdates == GROWTH_INTERVAL) {
            // Like PyTorch since 2.4: a scale that is not finite would never come back.
            scale = Float.isFinite(scale * GROWTH) ? scale * GROWTH : scale;
            goodUpdates = 0;
        }
    }

    State state() {
        return new State(enabled, scale, goodUpdates);
    }
}
