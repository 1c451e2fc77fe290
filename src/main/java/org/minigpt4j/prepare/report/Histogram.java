package org.minigpt4j.prepare.report;

import java.util.List;

/**
 * How a quantity is spread over bins of one width. Values beyond either end count in the outermost
 * bins.
 *
 * @param quantity which one
 * @param counts values in each bin
 * @param low the value that 5 % lie below; NaN without values, as are the next two
 * @param median the value in the middle
 * @param high the value that 95 % lie below
 */
public record Histogram(
        Quantity quantity, List<Long> counts, double low, double median, double high) {

    /** What is counted. The bins of {@link #ASPECT} are of the ratio's logarithm. */
    public enum Quantity {
        /** The shorter side of the original picture, pixels. */
        SHORTER_SIDE(0, 50, 40),
        /** Width by height of the original picture, by its logarithm to base 2. */
        ASPECT(-2, 0.125, 32),
        /** Words of the caption, split at white space. */
        CAPTION_WORDS(0, 2, 40),
        /** Characters of the caption. */
        CAPTION_CHARACTERS(0, 10, 40);

        private final double start;
        private final double binWidth;
        private final int bins;

        Quantity(double start, double binWidth, int bins) {
            this.start = start;
            this.binWidth = binWidth;
            this.bins = bins;
        }

        /** How many bins it has. */
        public int bins() {
            return bins;
        }

        /** Where bin {@code i} begins, and bin {@code i - 1} ends. */
        public double edge(int i) {
            return start + i * binWidth;
        }

        /** The width of every bin. */
        public double binWidth() {
            return binWidth;
        }
    }

    /** Keeps a copy. */
    public Histogram {
        counts = List.copyOf(counts);
        if (counts.size() != quantity.bins()) {
            throw new IllegalArgumentException(counts.size() + " bins for " + quantity);
        }
    }

    /** Values in all bins. */
    public long total() {
        return counts.stream().mapToLong(Long::longValue).sum();
    }
}
