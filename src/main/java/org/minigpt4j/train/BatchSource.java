package org.minigpt4j.train;

import org.minigpt4j.data.sample.Fault;

import java.util.Map;

/** An endless stream of micro-batches in a fixed order. */
public interface BatchSource extends AutoCloseable {

    /**
     * The next micro-batch; waits for it.
     *
     * @throws InterruptedException if the waiting thread was told to stop
     */
    Batch next() throws InterruptedException;

    /** Samples passed over since the run began, by cause. */
    default Map<Fault, Long> skipped() {
        return Map.of();
    }

    @Override
    void close();
}
