package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.training.GradientCollector;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableValues;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The replicas of a process, each with its own thread. DJL allows one gradient collector per JVM at
 * a time. So the calling thread opens the collector, the replicas' threads work inside it, and it
 * is closed when all of them have returned, even after a failure.
 */
public final class Replicas implements AutoCloseable {

    private final List<Replica> replicas;
    private final double peakFlops;
    private final List<ExecutorService> threads = new ArrayList<>();

    /**
     * Takes ownership of the replicas.
     *
     * @param peakFlops combined peak operations per second of their devices
     */
    public Replicas(List<Replica> replicas, double peakFlops) {
        this.replicas = List.copyOf(replicas);
        this.peakFlops = peakFlops;
        for (int i = 0; i < replicas.size(); i++) {
            String name = "replica-" + i;
            threads.add(
                    Executors.newSingleThreadExecutor(
                            task -> {
                                Thread thread = new Thread(task, name);
                                thread.setDaemon(true);
                                return thread;
                            }));
        }
    }

    /** The frozen parts of the first replica. */
    public Backbone backbone() {
        return model().backbone();
    }

    /** The first replica's model, for its sizes. */
    MiniGpt4 model() {
        return replicas.get(0).model();
    }

    /** Combined peak operations per second of the devices. */
    double peakFlops() {
        return peakFlops;
    }

    /** Number of replicas. */
    int count() {
        return replicas.size();
    }

    /** The devices, one for each replica. */
    public List<Device> devices() {
        return replicas.stream().map(Replica::device).toList();
    }

    /** Sets the trainable tensors of all replicas. */
    void setTrainable(TrainableValues values) {
        replicas.forEach(replica -> replica.setTrainable(values));
    }

    /**
     * Runs each micro-batch on a replica; each replica takes a contiguous run of them.
     *
     * @param scales factor on the gradient of each
     * @return results in the order of the micro-batches
     * @throws FailedException if a replica fails, with its name, after all have stopped
     */
    List<Replica.Result> forwardBackward(List<MicroBatch> batches, double[] scales)
            throws InterruptedException {
        List<Future<List<Replica.Result>>> runs;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            runs =
                    share(
                            batches.size(),
                            (replica, b) ->
                                    sized(
                                            batches.get(b),
                                            () ->
                                                    replica.forwardBackward(
                                                            batches.get(b), collector, scales[b])));
            join(runs);
        }
        return results(runs);
    }

    /**
     * Returns the loss of each micro-batch, summed over its labels, in order, without gradients.
     *
     * @throws FailedException if a replica fails, with its name, after all have stopped
     */
    List<Double> forward(List<MicroBatch> batches) throws InterruptedException {
        List<Future<List<Double>>> runs =
                share(
                        batches.size(),
                        (replica, b) ->
                                sized(batches.get(b), () -> replica.forward(batches.get(b))));
        join(runs);
        return results(runs);
    }

    /** Processes the micro-batch with a given number on a replica. */
    private interface Work<T> {
        T on(Replica replica, int number);
    }

    private <T> List<Future<List<T>>> share(int count, Work<T> work) {
        List<Future<List<T>>> runs = new ArrayList<>();
        int n = replicas.size();
        for (int i = 0; i < n; i++) {
            Replica replica = replicas.get(i);
            int from = count * i / n;
            int to = count * (i + 1) / n;
            runs.add(
                    threads.get(i)
                            .submit(
                                    () ->
                                            IntStream.range(from, to)
                                                    .mapToObj(b -> work.on(replica, b))
                                                    .toList()));
        }
        return runs;
    }

    private <T> List<T> results(List<Future<List<T>>> runs) throws InterruptedException {
        List<T> results = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            try {
                results.addAll(runs.get(i).get());
            } catch (ExecutionException e) {
                throw failed(i, e.getCause());
            }
        }
        return results;
    }

    /**
     * Runs a task with the first replica's model on that replica's thread, between two steps.
     *
     * @throws InterruptedException if the calling thread is interrupted meanwhile
     */
    public <T> T aside(Function<MiniGpt4, T> work) throws InterruptedException {
        Future<T> result = threads.get(0).submit(() -> work.apply(replicas.get(0).model()));
        join(List.of(result));
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw failed(0, e.getCause());
        }
    }

    /**
     * Runs a computation on a micro-batch; if memory runs out, the error states the batch's size.
     */
    static <T> T sized(MicroBatch batch, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | OutOfMemoryError e) {
            if (e instanceof MiniGpt4Exception || !MemoryShortage.caused(e)) {
                throw e;
            }
            int samples = batch.size();
            throw new FailedException(
                    "%s. There is not enough memory for a micro-batch of %d samples, with pictures of %d x %d and %d tokens each; lower run.batch_size_train, or set model.grad_checkpoint or model.low_resource"
                            .formatted(
                                    firstLine(e),
                                    samples,
                                    batch.imageSize(),
                                    batch.imageSize(),
                                    batch.text().attended().length / Math.max(1, samples)),
                    e);
        }
    }

    private static String firstLine(Throwable e) {
        return ("" + e).lines().findFirst().orElse("");
    }

    /**
     * Waits for all of them, even when interrupted, because they work inside the open collector.
     */
    private static void join(List<? extends Future<?>> runs) throws InterruptedException {
        boolean interrupted = false;
        for (Future<?> run : runs) {
            for (boolean joined = false; !joined; ) {
                try {
                    run.get();
                    joined = true;
                } catch (ExecutionException e) {
                    joined = true; // the failure is reported once all have returned
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            throw new InterruptedException();
        }
    }

    private RuntimeException failed(int index, Throwable cause) {
        if (cause instanceof FailedException full && DiskFull.caused(full)) {
            return full; // its message already says what to do
        }
        String name = "replica " + index + " on " + replicas.get(index).device();
        String what = cause instanceof MiniGpt4Exception ? cause.getMessage() : "" + cause;
        if (!(cause instanceof MiniGpt4Exception) && MemoryShortage.caused(cause)) {
            what = MemoryShortage.advice(cause);
        }
        return new FailedException(
                name
                        + " failed: "
                        + what
                        + "; the last checkpoint is kept: run the same command to"
                        + " continue from it",
                cause);
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
        replicas.forEach(Replica::close);
    }
}
