package org.minigpt4j.data.order;

import org.minigpt4j.config.Sampling;
import org.minigpt4j.random.Permutation;
import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;

/**
 * Which samples form the micro-batch at a position: a pure function of the seed, the mixture and
 * the position.
 *
 * <h2>Why a function</h2>
 *
 * A loader that shuffles while it reads can be resumed only by reading everything again, and its
 * output depends on the number of workers and ranks. Here there is no state. A checkpoint stores
 * only the position, one integer, and resuming takes no longer than starting. Any rank can compute
 * any micro-batch. So the global order is the same for every number of ranks and threads, and a run
 * may change its size at a restart.
 *
 * <h2>How</h2>
 *
 * <ol>
 *   <li>{@link Mixture} chooses the data set and returns how many micro-batches it had before: its
 *       ordinal {@code k}.
 *   <li>The micro-batch holds places {@code k * batch} to {@code (k + 1) * batch - 1} of that data
 *       set's endless sequence of passes. It may span the end of one pass and the start of the
 *       next.
 *   <li>{@link PassOrder} maps a place to a sample: shards are shuffled and samples permuted within
 *       windows of shards, by {@link Permutation}s that are computed, not stored.
 *   <li>Optionally, {@link ReplacementOrder} draws with replacement instead, and {@link
 *       LengthOrder} groups samples of similar length. Both are functions of the place too.
 *   <li>All other randomness of a sample or a micro-batch (crop, prompt) comes from a {@link
 *       RandomStream} at its coordinates.
 * </ol>
 *
 * <h2>Costs and limits</h2>
 *
 * Computing a place takes a few hundred nanoseconds; memory is a few numbers per shard. Samples
 * further apart than a window never meet in one micro-batch within a pass, but the windows' shards
 * are drawn again in each pass. Ratios hold exactly over each block of the mixture, not just on
 * average. The micro-batch size is part of the function: with another size the sequence of samples
 * within each data set stays the same, but is cut differently.
 *
 * <p>Safe for use by many threads; calls with neighbouring positions are cheapest.
 */
public final class SampleOrder {

    private final int batchSize;
    private final Mixture mixture;
    private final List<DatasetOrder> datasets = new ArrayList<>();

    /**
     * A data set in the mixture; {@code length} returns a caption's bytes and is called only if
     * samples are sorted by length.
     */
    public record Part(double ratio, int[] shardSizes, LongToIntFunction length) {
        Part(double ratio, int[] shardSizes) {
            this(ratio, shardSizes, sample -> 0);
        }
    }

    /** The samples of a micro-batch, all of one data set. */
    public record Draw(long position, int dataset, List<PassOrder.Visit> visits) {}

    /**
     * @param seed determines the order
     * @param batchSize samples in a micro-batch
     * @param windowShards number of shards whose samples are mixed with each other
     * @param parts the data sets of the mixture
     */
    public SampleOrder(long seed, int batchSize, int windowShards, List<Part> parts) {
        this(seed, batchSize, windowShards, parts, Sampling.PASSES, 1);
    }

    /**
     * @param sampling how samples are drawn from a data set
     * @param lengthWindow number of a data set's micro-batches within which samples are sorted by
     *     length
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
