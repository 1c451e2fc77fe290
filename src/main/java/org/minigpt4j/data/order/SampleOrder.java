package org.minigpt4j.data.order;

import org.minigpt4j.config.Sampling;
import org.minigpt4j.random.Permutation;
import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;

/**
 * Which samples make the micro-batch at a position: a pure function of the seed, the mixture and
 * the position.
 *
 * <h2>Why a function</h2>
 *
 * A loader that shuffles as it reads can only be resumed by reading everything again, and what it
 * yields depends on how many workers and ranks happened to read. Here nothing is carried along. The
 * position, one whole number, is all that a checkpoint keeps; resuming costs what starting costs;
 * any rank can work out any micro-batch, so the global order is the same for every number of ranks
 * and threads, and a run may change its size at a restart.
 *
 * <h2>How</h2>
 *
 * <ol>
 *   <li>{@link Mixture} chooses the data set and says how many micro-batches it had before: its
 *       ordinal {@code k}.
 *   <li>The micro-batch holds places {@code k * batch} to {@code (k + 1) * batch - 1} of that data
 *       set's endless row of passes; one may hold the end of a pass and the start of the next.
 *   <li>{@link PassOrder} says which sample stands at a place: shards shuffled, samples permuted
 *       within windows of shards, by {@link Permutation}s that are computed and not stored.
 *   <li>On demand {@link ReplacementOrder} draws with replacement instead, and {@link LengthOrder}
 *       brings samples of like length together; both are functions of the place as well.
 *   <li>Whatever else is random about a sample or a micro-batch (its crop, its prompt) comes from a
 *       {@link RandomStream} at its own coordinates.
 * </ol>
 *
 * <h2>What it costs and what it gives up</h2>
 *
 * A place takes a few hundred nanoseconds; memory is a few numbers a shard. Samples further apart
 * than a window never meet in one micro-batch within a pass, but the shards of a window are drawn
 * again each pass. Ratios hold exactly over each block of the mixture instead of only on average.
 * The micro-batch size is part of the function: change it and the row of samples stays the same
 * within each data set, but is cut differently.
 *
 * <p>Safe for use by many threads; calls with neighbouring positions are cheapest.
 */
public final class SampleOrder {

    private final int batchSize;
    private final Mixture mixture;
    private final List<DatasetOrder> datasets = new ArrayList<>();

    /** A data set as the order sees it; {@code length} is asked where lengths matter. */
    public record Part(double ratio, int[] shardSizes, LongToIntFunction length) {
        Part(double ratio, int[] shardSizes) {
            this(ratio, shardSizes, sample -> 0);
        }
    }

    /** The samples of a micro-batch, all of one data set. */
    public record Draw(long position, int dataset, List<PassOrder.Visit> visits) {}

    /**
     * @param seed names the order
     * @param batchSize samples in a micro-batch
     * @param windowShards shards whose samples are mixed at a time
     * @param parts the data sets of the mixture
     */
    public SampleOrder(long seed, int batchSize, int windowShards, List<Part> parts) {
        this(seed, batchSize, windowShards, parts, Sampling.PASSES, 1);
    }

    /**
     * @param sampling how a data set's row of samples comes about
     * @param lengthWindow micro-batches of a data set among which samples are sorted by length
     */
    public SampleOrder(
            long seed,
            int batchSize,
            int windowShards,
            List<Part> parts,
            Sampling sampling,
            int lengthWindow) {
        this.batchSize = batchSize;
        this.mixture = new Mixture(seed, parts.stream().mapToDouble(Part::ratio).toArray());
        for (Part part : parts) {
            int number = datasets.size();
            int[] sizes = part.shardSizes();
            DatasetOrder order =
                    switch (sampling) {
                        case PASSES -> new PassOrder(seed, number, sizes, windowShards);
                        case UPSTREAM -> new ReplacementOrder(seed, number, sizes, windowShards);
                    };
            datasets.add(
                    lengthWindow == 1
                            ? order
                            : new LengthOrder(
                                    order, part.length(), seed, number, batchSize, lengthWindow));
        }
    }

    /** The micro-batch at {@code position}, counted from 0. */
    public Draw at(long position) {
        Mixture.Place place = mixture.at(position);
        DatasetOrder order = datasets.get(place.dataset());
        List<PassOrder.Visit> visits = new ArrayList<>(batchSize);
        for (int slot = 0; slot < batchSize; slot++) {
            visits.add(order.at(place.ordinal() * batchSize + slot));
        }
        return new Draw(position, place.dataset(), visits);
    }
}
