package org.minigpt4j.data.order;

import org.minigpt4j.random.RandomStreamId;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * Groups samples of similar length. The samples of {@code window} micro-batches of a data set are
 * sorted by the length of their captions in bytes, ties by place. They are cut into micro-batches,
 * and those are shuffled. So a micro-batch needs little padding, and its position still says
 * nothing about its length. The lengths come from the shards' indexes, so the order stays a
 * function of the position.
 */
final class LengthOrder implements DatasetOrder {

    private final DatasetOrder order;
    private final LongToIntFunction length;
    private final long seed;
    private final int dataset;
    private final int batchSize;
    private final int window;
    private volatile Arranged last;

    private record Arranged(long number, List<PassOrder.Visit> visits) {}

    private record Measured(PassOrder.Visit visit, int length) {}

    /**
     * @param order the sequence to rearrange
     * @param length length of a sample's caption in bytes
     */
    LengthOrder(
            DatasetOrder order,
            LongToIntFunction length,
            long seed,
            int dataset,
            int batchSize,
            int window) {
        this.order = order;
        this.length = length;
        this.seed = seed;
        this.dataset = dataset;
        this.batchSize = batchSize;
        this.window = window;
    }

    @Override
    public PassOrder.Visit at(long ordinal) {
        long places = (long) batchSize * window;
        long number = ordinal / places;
        Arranged known = last;
        if (known == null || known.number != number) {
            known = new Arranged(number, arrange(number));
            last = known;
        }
        return known.visits.get((int) (ordinal % places));
    }

    private List<PassOrder.Visit> arrange(long number) {
        int places = batchSize * window;
        List<Measured> measured = new ArrayList<>(places);
        for (int i = 0; i < places; i++) {
            PassOrder.Visit visit = order.at(number * places + i);
            measured.add(new Measured(visit, length.applyAsInt(visit.sample())));
        }
        // the sort is stable: ties stay in order of place
        measured.sort(Comparator.comparingInt(Measured::length));
        int[] batches = IntStream.range(0, window).toArray();
        Mixture.shuffle(batches, RandomStreamId.LENGTHS.stream(seed, dataset, number));
        List<PassOrder.Visit> visits = new ArrayList<>(places);
        for (int batch : batches) {
            for (int i = 0; i < batchSize; i++) {
                visits.add(measured.get(batch * batchSize + i).visit);
            }
        }
        return visits;
    }
}
