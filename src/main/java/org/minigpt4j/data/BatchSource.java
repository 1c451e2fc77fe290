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
     * The next micro-batch; waits for it.
     *
     * @throws InterruptedException if the waiting thread was told to stop
     */
    MicroBatch next() throws InterruptedException;

    /**
     * Hands out micro-batches of this share of the steps from now on. A source of one host has no
     * other.
     *
     * @param position where the step in the making begins
     */
    default void follow(RankShare share, long position) {}

    /**
     * The micro-batch at a position of the step in the making, which is handed out once; waits for
     * it. A source of one host asks for them in their order.
     *
     * @throws InterruptedException if the waiting thread was told to stop
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
     * Waits until the next {@code count} micro-batches are made, as far as any are in the making.
     *
     * @return false if {@code stop} said so first, which is asked ten times a second
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
