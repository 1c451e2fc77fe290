package org.minigpt4j.data.order;

import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

import java.util.Arrays;

/**
 * Chooses the data set of each micro-batch. Positions come in blocks. In every block each data set
 * has a fixed number of places, in proportion to its ratio, and the places are shuffled. So the
 * choice is random from one micro-batch to the next, but the proportions hold exactly over a block.
 * How many micro-batches a data set had before any position follows without counting.
 */
final class Mixture {

    private static final int MAX_BLOCK = 4096;

    private final long seed;
    private final int[] quota;
    private final int block;
    private volatile Block last;

    /** The data set at a position, and how many micro-batches it had before. */
    record Place(int dataset, long ordinal) {}

    private record Block(long number, int[] datasets) {}

    Mixture(long seed, double... ratios) {
        this.seed = seed;
        this.quota = quota(ratios);
        this.block = Arrays.stream(quota).sum();
    }

    /** Number of places that each data set has in a block. */
    int[] quota() {
        return quota.clone();
    }

    Place at(long position) {
        long number = position / block;
        int offset = (int) (position % block);
        int[] datasets = block(number);
        int dataset = datasets[offset];
        long ordinal = number * quota[dataset];
        for (int i = 0; i < offset; i++) {
            ordinal += datasets[i] == dataset ? 1 : 0;
        }
        return new Place(dataset, ordinal);
    }

    private int[] block(long number) {
        Block known = last;
        if (known != null && known.number == number) {
            return known.datasets;
        }
        int[] datasets = new int[block];
        int at = 0;
        for (int dataset = 0; dataset < quota.length; dataset++) {
            Arrays.fill(datasets, at, at += quota[dataset], dataset);
        }
        shuffle(datasets, RandomStreamId.DATASETS.stream(seed, number));
        last = new Block(number, datasets);
        return datasets;
    }

    static void shuffle(int[] values, RandomStream random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }

    /**
     * The smallest block in which every ratio is a whole number of places. If there is none up to
     * 4096, a block has 4096 places; ratios are rounded, none of them to zero.
     */
    private static int[] quota(double[] ratios) {
        double sum = Arrays.stream(ratios).sum();
        for (double ratio : ratios) {
            if (!(ratio > 0) || Double.isInfinite(sum)) {
                throw new IllegalArgumentException("ratios " + Arrays.toString(ratios));
            }
        }
        int[] places = new int[ratios.length];
        for (int size = ratios.length; size <= MAX_BLOCK; size++) {
            boolean whole = true;
            for (int i = 0; i < ratios.length; i++) {
                double exact = ratios[i] / sum * size;
                places[i] = (int) Math.round(exact);
                whole &= places[i] > 0 && Math.abs(exact - places[i]) < 1e-9 * size;
            }
            if (whole) {
                return places;
            }
        }
        for (int i = 0; i < ratios.length; i++) {
            places[i] = (int) Math.max(1, Math.round(ratios[i] / sum * MAX_BLOCK));
        }
        return places;
    }
}
