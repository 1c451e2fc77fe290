package org.minigpt4j.prepare.plan;

import org.minigpt4j.config.SampleBudget;

import java.util.ArrayList;
import java.util.List;

/** How many samples each list and each shard are to give. Pure arithmetic. */
public final class Budget {

    private Budget() {}

    /**
     * A budget in parts, to the last sample: what rounding leaves over goes to those it took most
     * from.
     */
    public static List<Long> shares(SampleBudget budget, List<Double> ratios) {
        if (budget.isAll()) {
            return ratios.stream().map(ratio -> Long.MAX_VALUE).toList();
        }
        double sum = ratios.stream().mapToDouble(Double::doubleValue).sum();
        List<Long> shares = new ArrayList<>();
        List<Integer> byRest = new ArrayList<>();
        double[] rests = new double[ratios.size()];
        long left = budget.samples();
        for (int i = 0; i < ratios.size(); i++) {
            double exact = budget.samples() * (ratios.get(i) / sum);
            long whole = (long) exact;
            rests[i] = exact - whole;
            shares.add(whole);
            byRest.add(i);
            left -= whole;
        }
        byRest.sort((a, b) -> Double.compare(rests[b], rests[a]));
        for (int i = 0; i < left; i++) {
            shares.set(byRest.get(i), shares.get(byRest.get(i)) + 1);
        }
        return shares;
    }

    /**
     * How many pictures each of the next shards may hold so that together they hold what is
     * missing, if as large a part of their pairs succeeds as so far.
     *
     * @param missing samples
     * @param successRate of pairs so far, above 0
     * @param available shards that are left
     */
    public static List<Long> caps(
            long missing, double successRate, int samplesPerShard, int available) {
        if (missing == Long.MAX_VALUE) {
            return java.util.Collections.nCopies(available, Long.MAX_VALUE);
        }
        double expected = Math.max(1, successRate * samplesPerShard);
        int shards = (int) Math.min(available, Math.ceil(missing / expected));
        List<Long> caps = new ArrayList<>();
        long left = missing;
        for (int i = 0; i < shards; i++) {
            long part = (left + (shards - i) - 1) / (shards - i);
            // Where all succeed, shards are full and the last takes the rest.
            long cap = successRate >= 1 ? Math.min(left, samplesPerShard) : part;
            caps.add(cap);
            left -= cap;
        }
        return caps;
    }
}
