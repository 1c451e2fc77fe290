package org.minigpt4j.bench;

import org.minigpt4j.checkpoint.RunningMeans;
import org.minigpt4j.checkpoint.ScalerState;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.Replica;
import org.minigpt4j.train.StepWork;
import org.minigpt4j.train.Workload;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Training steps whose gradients need no computation, so that only the exchange is measured. */
final class ToyRun {

    private static final int WIDTH = 768;

    private final int microBatches;
    private final TrainableValues values;
    private final Map<Integer, TrainableValues> gradients = new ConcurrentHashMap<>();

    /** Creates gradients of about {@code bytes} bytes. */
    ToyRun(int microBatches, long bytes) {
        this.microBatches = microBatches;
        int hidden = Math.toIntExact(Math.max(1, Math.round(bytes / 4.0 / (WIDTH + 1))));
        values = TrainableValues.initialProjection(hidden, WIDTH, 0);
    }

    /** Number of micro-batches in a step. */
    int microBatches() {
        return microBatches;
    }

    /** Size of a gradient in bytes. */
    long bytes() {
        return 4L * values.values().length;
    }

    /** The state of a rank after {@code done} steps. */
    StepWork after(int done) {
        return new StepWork() {
            @Override
            public int[] labels(RankShare share) {
                int[] labels = new int[share.count()];
                Arrays.fill(labels, 1);
                return labels;
            }

            @Override
            public List<Replica.Result> results(RankShare share, int[] labels) {
                return ofShare(share).mapToObj(i -> new Replica.Result(i, gradient(i))).toList();
            }

            @Override
            public List<Workload> work(RankShare share) {
                return ofShare(share).mapToObj(i -> new Workload(1, 1, 1, 1)).toList();
            }

            @Override
            public TrainState state() {
                return new TrainState(
                        done,
                        0,
                        done,
                        microBatches,
                        values,
                        values,
                        values,
                        values,
                        ScalerState.INITIAL,
                        RunningMeans.NONE);
            }
        };
    }

    /**
     * Cached, because creating it takes longer than sending it. Returns a copy, because adding up
     * may change it.
     */
    private TrainableValues gradient(int microBatch) {
        TrainableValues kept =
                gradients.computeIfAbsent(
                        microBatch % 8,
                        i -> TrainableValues.initialProjection(rows(), WIDTH, i + 1));
        return kept.copy();
    }

    private int rows() {
        return values.values().length / (WIDTH + 1);
    }

    private static IntStream ofShare(RankShare share) {
        return IntStream.range(share.first(), share.first() + share.count());
    }
}
