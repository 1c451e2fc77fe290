package org.minigpt4j.prepare;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What a preparation came to, list by list. */
public record PrepareSummary(List<Part> parts) {

    /**
     * One list.
     *
     * @param name of the source
     * @param folder of its shards
     * @param shards that are finished
     * @param samples they hold
     * @param wanted of them; {@link Long#MAX_VALUE} for all
     * @param bytes of their tars
     * @param byCause pairs tried, by what became of them
     */
    public record Part(
            String name,
            String folder,
            int shards,
            long samples,
            long wanted,
            long bytes,
            Map<String, Long> byCause) {

        /** True when the list or its reserve did not give what was wanted. */
        public boolean isShort() {
            return wanted != Long.MAX_VALUE && samples < wanted;
        }

        /** Pairs tried. */
        public long tried() {
            return byCause.values().stream().mapToLong(Long::longValue).sum();
        }

        /** True when so few of the pairs came through that something must be wrong with all. */
        public boolean isPoor() {
            return samples == 0 || samples < POOR * tried();
        }

        /** Why most pairs failed, the most frequent first, each with how many. */
        public List<Map.Entry<String, Long>> failures() {
            return byCause.entrySet().stream()
                    .filter(cause -> !cause.getKey().equals("success"))
                    .sorted(
                            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                    .thenComparing(Map.Entry.comparingByKey()))
                    .toList();
        }
    }

    /** Lists of the web lose about half of their pictures over the years, not nine in ten. */
    public static final double POOR = 0.1;

    /** Whether a list gave less than was wanted, or next to nothing. */
    public boolean fellShort() {
        return parts.stream().anyMatch(part -> part.isShort() || part.isPoor());
    }
}
