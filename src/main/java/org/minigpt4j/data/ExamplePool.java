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
 * Worker threads that make examples. Every example is its own task, so the first micro-batch is
 * ready as soon as all workers together can make it.
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

    /** A micro-batch in the making. */
    record Pending(SampleOrder.Draw draw, List<Future<ExampleMaker.Outcome>> outcomes) {

        /** Waits until all of it is made, or has failed; false if it was told to stop first. */
        boolean isMade(BooleanSupplier stop) throws InterruptedException {
            for (Future<ExampleMaker.Outcome> outcome : outcomes) {
                while (!outcome.isDone()) {
                    if (stop.getAsBoolean()) {
                        return false;
                    }
                    try {
                        outcome.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                    } catch (ExecutionException | TimeoutException e) {
                        continue; // a failure is for whoever takes it
                    }
                }
            }
            return true;
        }

        /** It is not wanted any more. */
        void cancel() {
            outcomes.forEach(outcome -> outcome.cancel(false));
        }

        /** Waits until all of it is made. */
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

    /** Puts a micro-batch after those begun before. */
    Pending begin(SampleOrder.Draw draw) {
        List<Future<ExampleMaker.Outcome>> outcomes = new ArrayList<>();
        for (int slot = 0; slot < draw.visits().size(); slot++) {
            int place = slot;
            outcomes.add(workers.submit(() -> maker.make(draw, place)));
        }
        return new Pending(draw, outcomes);
    }

    /** Stops the workers and waits for them. */
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
