package org.minigpt4j.data;

import org.minigpt4j.data.order.SampleOrder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Worker threads that prepare examples. Each example is a separate task, so all workers share the
 * first micro-batch and it is ready as early as possible.
 */
final class ExamplePool implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final ExampleMaker maker;
    private final ExecutorService workers;

    ExamplePool(ExampleMaker maker, int threads) {
        this.maker = maker;
        int[] number = new int[1];
        this.workers =
                Executors.newFixedThreadPool(
                        threads,
                        task -> {
                            Thread thread = new Thread(task, "data-" + number[0]++);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** A micro-batch in progress. */
    record Pending(SampleOrder.Draw draw, List<Future<ExampleMaker.Outcome>> outcomes) {

        /**
         * Waits until all examples are ready or failed; returns false if {@code stop} became true
         * first.
         */
        boolean isMade(BooleanSupplier stop) throws InterruptedException {
            for (Future<ExampleMaker.Outcome> outcome : outcomes) {
                while (!outcome.isDone()) {
                    if (stop.getAsBoolean()) {
                        return false;
                    }
                    try {
                        outcome.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                    } catch (ExecutionException | TimeoutException e) {
                        continue; // the failure is thrown when the result is collected
                    }
                }
            }
            return true;
        }

        /** Cancels the tasks that are still open. */
        void cancel() {
            outcomes.forEach(outcome -> outcome.cancel(false));
        }

        /** Waits until all examples are ready and returns them. */
        List<ExampleMaker.Outcome> await() throws InterruptedException {
            List<ExampleMaker.Outcome> made = new ArrayList<>(outcomes.size());
            try {
                for (Future<ExampleMaker.Outcome> outcome : outcomes) {
                    made.add(outcome.get());
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw new IllegalStateException(e.getCause());
            }
            return made;
        }
    }

    /** Queues a micro-batch after those that were queued before. */
    Pending begin(SampleOrder.Draw draw) {
        List<Future<ExampleMaker.Outcome>> outcomes = new ArrayList<>();
        for (int slot = 0; slot < draw.visits().size(); slot++) {
            int place = slot;
            outcomes.add(workers.submit(() -> maker.make(draw, place)));
        }
        return new Pending(draw, outcomes);
    }

    /** Stops the workers and waits for them to end. */
    @Override
    public void close() {
        workers.shutdownNow();
        try {
            workers.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
