package org.minigpt4j.train;

import org.minigpt4j.checkpoint.ScalerState;

/**
 * The dynamic loss scale of float16 training, by the rule of PyTorch's GradScaler. Gradients are
 * multiplied by the scale, so that small ones do not become zero. An update whose gradient is not
 * finite is skipped and halves the scale; 2000 successful updates in a row double it. If scaling is
 * off, the scale stays 1.
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

    /** The factor on the loss; 1 if scaling is off. */
    double scale() {
        return enabled ? scale : 1;
    }

    /** Call it after every update, whether applied or skipped. */
    void updated(boolean finite) {
        if (!enabled) {
            return;
        }
        if (!finite) {
            scale *= ScalerState.BACKOFF;
            goodUpdates = 0;
        } else if (++goodUpdates == ScalerState.GROWTH_INTERVAL) {
            // As in PyTorch since 2.4: an infinite scale would never become finite again.
            scale = Float.isFinite(scale * ScalerState.GROWTH) ? scale * ScalerState.GROWTH : scale;
            goodUpdates = 0;
        }
    }

    ScalerState state() {
        return new ScalerState(enabled, scale, goodUpdates);
    }
}
