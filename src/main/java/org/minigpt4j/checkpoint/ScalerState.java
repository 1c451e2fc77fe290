package org.minigpt4j.checkpoint;

/**
 * The loss scale of float16 training as a checkpoint keeps it, in the words of PyTorch's
 * GradScaler.
 *
 * @param enabled whether losses were scaled at all
 * @param scale GradScaler's {@code scale}
 * @param growthTracker good updates since it last changed
 */
public record ScalerState(boolean enabled, float scale, int growthTracker) {

    /** What the scale is multiplied by after {@link #GROWTH_INTERVAL} good updates in a row. */
    public static final float GROWTH = 2;

    /** What the scale is multiplied by after an update that is not finite. */
    public static final float BACKOFF = 0.5f;

    /** Good updates in a row after which the scale grows. */
    public static final int GROWTH_INTERVAL = 2000;

    /** The state of a run that has not begun. */
    public static final ScalerState INITIAL = new ScalerState(false, 65536, 0);
}
