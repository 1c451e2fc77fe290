package org.minigpt4j.train;

import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.order.RankShare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The loop's work on one step: the micro-batches loaded and the gradients computed so far. */
final class StepInMaking implements StepWork {

    private final BatchSource source;
    private final Replicas replicas;
    private final StepConfig config;
    private final long position;
    private final double scale;
    private final Supplier<TrainState> state;
    private final Map<Integer, MicroBatch> batches = new TreeMap<>();
    private final Map<Integer, Replica.Result> results = new TreeMap<>();
    private double dataSeconds;
    private double computeSeconds;

    /**
     * @param position position of the step's first micro-batch
     * @param scale loss scale, which keeps small float16 gradients from becoming zero
     * @param state the state before the step
     */
    StepInMaking(
            BatchSource source,
            Replicas replicas,
            StepConfig config,
            long position,
            double scale,
            Supplier<TrainState> state) {
        this.source = source;
        this.replicas = replicas;
        this.config = config;
        this.position = position;
        this.scale = scale;
        this.state = state;
    }

    @Override
    public int[] labels(RankShare share) throws InterruptedException {
        var clock = new StepTimes.Clock();
        source.follow(share, position);
        for (int i = share.first(); i < share.first() + share.count(); i++) {
            if (!batches.containsKey(i)) {
                batches.put(i, source.at(position + i));
            }
        }
        dataSeconds += clock.lap();
        return of(share, batches).stream().mapToInt(MicroBatch::labels).toArray();
    }

    @Override
    public List<Replica.Result> results(RankShare share, int[] labels) throws InterruptedException {
        var clock = new StepTimes.Clock();
        // Each loss is divided by its labels.
        double[] divisors = config.divisors(labels);
        List<Integer> missing = new ArrayList<>();
        for (int i = share.first(); i < share.first() + share.count(); i++) {
            if (!results.containsKey(i)) {
                missing.add(i);
            }
        }
        if (!missing.isEmpty()) {
            double[] factors = missing.stream().mapToDouble(i -> scale / divisors[i]).toArray();
            List<Replica.Result> made =
                    replicas.forwardBackward(missing.stream().map(batches::get).toList(), factors);
            for (int i = 0; i < made.size(); i++) {
                results.put(missing.get(i), made.get(i));
            }
        }
        computeSeconds += clock.lap();
        return of(share, results);
    }

    @Override
    public List<Workload> work(RankShare share) {
        return of(share, batches).stream()
                .map(batch -> Workload.of(batch, replicas.model()))
                .toList();
    }

    @Override
    public TrainState state() {
        return state.get();
    }

    private static <T> List<T> of(RankShare share, Map<Integer, T> all) {
        List<T> some = new ArrayList<>();
        for (int i = share.first(); i < share.first() + share.count(); i++) {
            some.add(all.get(i));
        }
        return some;
    }

    /** The micro-batches loaded on this host. */
    List<MicroBatch> batches() {
        return List.copyOf(batches.values());
    }

    /** Seconds spent waiting for data. */
    double dataSeconds() {
        return dataSeconds;
    }

    /** Seconds spent computing. */
    double computeSeconds() {
        return computeSeconds;
    }
}
