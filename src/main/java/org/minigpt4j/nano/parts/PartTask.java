package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** What there is to learn for a part: its weights, its loss as kernel text, and its batches. */
interface PartTask {

    /** Such as {@code llama}; names its folder. */
    String name();

    PartLayout layout();

    /**
     * Kernel text with a method {@code train}, which takes the vector of weights and what {@link
     * #draft} gives, and returns the loss and a share of right answers in [0, 1].
     */
    String text();

    PartSchedule schedule();

    /** Batch number {@code step}: the same whenever it is asked for. Called by one thread. */
    Draft draft(long seed, int step);

    /** A batch outside of any manager. */
    interface Draft {
        NDList arrays(NDManager manager);
    }
}
