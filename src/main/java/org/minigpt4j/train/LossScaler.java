package org.minigpt4j.train;

import org.minigpt4j.checkpoint.ScalerState;

/**
 * The dynamic loss scale of float16 training, by the rule of PyTorch's GradScaler: gradients are
 * computed times the scale, so that small ones do not vanish; an update whose gradient is not
 * finite is skipped and halves the scale; 2000 good updates in a row double it. Off, the scale is 1
 * and stays.
 */
public final class LossScaler {

    private final boolean enabled;
    private float scale;
    private int goodUpdates;

    LossScaler(boolean enabled, ScalerState start) {
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
            scale *= ScalerState.BACKOFF;
            goodUpdates = 0;
        } else if (++goodUpdates == ScalerState.GROWTH_INTERVAL) {
            // Like PyTorch since 2.4: a scale that is not finite would never come back.
            scale = Float.isFinite(scale * ScalerState.GROWTH) ? scale * ScalerState.GROWTH : scale;
            goodUpdates = 0;
        }
    }

    ScalerState state() {
        return new ScalerState(enabled, scale, goodUpdates);
    }
}
