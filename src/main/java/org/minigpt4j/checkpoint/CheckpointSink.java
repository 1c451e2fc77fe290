package org.minigpt4j.checkpoint;

import java.util.function.Supplier;

/** Keeps states of a run; the loop asks it after every step. */
public interface CheckpointSink {

    /** Keeps nothing. */
    CheckpointSink NONE =
            new CheckpointSink() {
                @Override
                public void after(int step, boolean required, Supplier<TrainState> state) {}

                @Override
                public String keepFailure(FailedAccumulation failure) {
                    return "";
                }
            };

    /**
     * Saves the state if it is time to.
     *
     * @param step steps done
     * @param required save whatever the time is
     * @param state gives the live state, which changes with the next step
     */
    void after(int step, boolean required, Supplier<TrainState> state) throws InterruptedException;

    /**
     * Keeps what reproduces a failure.
     *
     * @return a sentence that says where it is and how to run it again
     */
    String keepFailure(FailedAccumulation failure);
}
