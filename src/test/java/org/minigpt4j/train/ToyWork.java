package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.minigpt4j.checkpoint.RunningMeans;
import org.minigpt4j.checkpoint.ScalerState;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.GradientReducer.StepSum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Training as far as bits are concerned: the state is the sum of all sums. */
class ToyWork implements StepWork {

    static final int MICRO_BATCHES = 8;
    private static final int HIDDEN = 37;
    private static final int WIDTH = 11;

    private final TrainableValues state;
    private final int step;
    private final Map<Integer, Replica.Result> made = new TreeMap<>();

    ToyWork(TrainableValues state, int step) {
        this.state = state;
        this.step = step;
    }

    static TrainableValues begin() {
        return TrainableValues.initialProjection(HIDDEN, WIDTH, 3);
    }

    private Replica.Result make(int i) {
        Random random = new Random(step * 1000L + i);
        TrainableValues gradient = state.copy();
        float[] values = gradient.values();
        for (int e = 0; e < values.length; e++) {
            values[e] = (float) (values[e] * 0.3 + random.nextGaussian());
        }
        return new Replica.Result(random.nextDouble(), gradient);
    }

    @Override
    public int[] labels(RankShare share) {
        int[] labels = new int[share.count()];
        Arrays.setAll(labels, i -> 10 + share.first() + i + step);
        return labels;
    }

    @Override
    public List<Replica.Result> results(RankShare share, int[] labels) {
        assertEquals(MICRO_BATCHES, labels.length);
        assertEquals(10 + step, labels[0]);
        List<Replica.Result> results = new ArrayList<>();
        for (int i = share.first(); i < share.first() + share.count(); i++) {
            results.add(made.computeIfAbsent(i, this::make));
        }
        return results;
    }

    @Override
    public List<Workload> work(RankShare share) {
        List<Workload> work = new ArrayList<>();
        for (int i = share.first(); i < share.first() + share.count(); i++) {
            work.add(new Workload(1, i, 2, 0.1 * i));
        }
        return work;
    }

    @Override
    public TrainState state() {
        return ToyWork.state(state, step - 1);
    }

    static TrainState state(TrainableValues values, int step) {
        return new TrainState(
                step,
                0,
                step,
                MICRO_BATCHES,
                values,
                values.zeros(),
                values.zeros(),
                values.zeros(),
                ScalerState.INITIAL,
                RunningMeans.NONE);
    }

    TrainableValues after(StepSum sum) {
        TrainableValues next = state.copy();
        next.add(sum.gradient());
        return next;
    }

    /** A step's sum in short. */
    static String bits(StepSum sum) {
        return Arrays.hashCode(sum.gradient().values())
                + Arrays.toString(sum.losses())
                + Arrays.toString(sum.labels())
                + sum.work();
    }
}
