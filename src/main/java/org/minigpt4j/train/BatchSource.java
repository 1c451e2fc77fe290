package org.minigpt4j.train;

/** An endless stream of micro-batches in a fixed order. */
public interface BatchSource extends AutoCloseable {

    /**
     * The next micro-batch; waits for it.
     *
     * @throws InterruptedException if the waiting thread was told to stop
     */
    Batch next() throws InterruptedException;

    @Override
    void close();
}
