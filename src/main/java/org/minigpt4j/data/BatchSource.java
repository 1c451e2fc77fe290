package org.minigpt4j.data;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.sample.Fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** An endless stream of micro-batches in a fixed order. */
public interface BatchSource extends AutoCloseable {

    /**
     * Returns the next micro-batch; blocks until it is ready.
     *
     * @throws InterruptedException if the waiting thread was interrupted
     */
    MicroBatch next() throws InterruptedException;

    /**
     * From now on, returns the micro-batches of this share of the steps. On a single host the share
     * never changes, so the default does nothing.
     *
     * @param position where the current step begins
     */
    default void follow(RankShare share, long position) {}

    /**
     * Returns the micro-batch at a position of the current step; blocks until it is ready. Each is
     * returned once. The default ignores the position, because a single host asks for them in
     * order.
     *
     * @throws InterruptedException if the waiting thread was interrupted
     */
    default MicroBatch at(long position) throws InterruptedException {
        return next();
    }

    /** The next {@code count} micro-batches. */
    default List<MicroBatch> next(int count) throws InterruptedException {
        List<MicroBatch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(next());
        }
        return batches;
    }

    /**
     * Waits until the next {@code count} micro-batches, or all that are in progress, are ready.
     *
     * @return false if {@code stop} became true first; it is checked ten times a second
     */
    default boolean await(int count, BooleanSupplier stop) throws InterruptedException {
        return !stop.getAsBoolean();
    }

    /** Samples skipped since the run began, by cause. */
    default Map<Fault, Long> skipped() {
        return Map.of();
    }

    @Override
    void close();
}
