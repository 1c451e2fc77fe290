package org.minigpt4j.cluster.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Finds ranks that are slower than the others, and computes shares of a step's micro-batches with
 * which all ranks would finish together. It uses the median of the last few steps, so a single slow
 * step changes nothing. Which rank takes which micro-batch does not change a bit of a step's sum;
 * see {@link CanonicalTree}.
 */
public final class Balance {

    private static final int STEPS = 9;
    private static final double SLOW = 1.5;
    private static final double WELL = 1.25;
    private static final double WORTH = 0.9;
    private static final double LEAST_SECONDS = 0.05;

    private final int microBatches;
    private final Map<MemberId, Deque<RankPace>> paces = new TreeMap<>();
    private final Set<MemberId> slow = new HashSet<>();

    /** Starts without measurements, for a run with this many micro-batches a step. */
    public Balance(int microBatches) {
        this.microBatches = microBatches;
    }

    /** Adds a rank's times for a step. The same step counts once, however often it is reported. */
    public void took(MemberId id, RankPace pace) {
        Deque<RankPace> last = paces.computeIfAbsent(id, first -> new ArrayDeque<>());
        if (pace.step() > (last.isEmpty() ? 0 : last.getLast().step())) {
            last.add(pace);
            if (last.size() > STEPS) {
                last.remove();
            }
        }
    }

    /** Discards the measurements of earlier views, in which ranks had other shares. */
    public void begin(View view) {
        paces.clear();
        slow.removeIf(id -> !view.has(id));
    }

    private boolean isMeasured(View view) {
        return view.members().stream()
                .allMatch(m -> paces.getOrDefault(m.id(), new ArrayDeque<>()).size() >= STEPS);
    }

    private double median(MemberId id, ToDoubleFunction<RankPace> what) {
        return median(paces.get(id).stream().mapToDouble(what).toArray());
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static double all(RankPace pace) {
        return pace.perRound(pace.dataSeconds() + pace.computeSeconds());
    }

    /** Returns an event for each rank that has become much slower than the median of the others. */
    public List<RollEvent> stragglers(View view) {
        List<RollEvent> found = new ArrayList<>();
        if (view.members().size() < 2 || !isMeasured(view)) {
            return found;
        }
        for (Member member : view.members()) {
            MemberId id = member.id();
            List<MemberId> others = view.others(id);
            double own = median(id, Balance::all);
            double usual = others(others, Balance::all);
            if (own < WELL * usual) {
                slow.remove(id);
            } else if (own > SLOW * usual
                    && (own - usual) * rounds(id) > LEAST_SECONDS
                    && slow.add(id)) {
                found.add(new RollEvent(Optional.of(member), words(member, others), false));
            }
        }
        return found;
    }

    private double others(List<MemberId> others, ToDoubleFunction<RankPace> what) {
        return median(others.stream().mapToDouble(id -> median(id, what)).toArray());
    }

    private int rounds(MemberId id) {
        RankPace last = paces.get(id).getLast();
        return last.rounds(last.microBatches());
    }

    private String words(Member member, List<MemberId> others) {
        double data = median(member.id(), p -> p.perRound(p.dataSeconds()));
        double compute = median(member.id(), p -> p.perRound(p.computeSeconds()));
        double usualData = others(others, p -> p.perRound(p.dataSeconds()));
        double usualCompute = others(others, p -> p.perRound(p.computeSeconds()));
        boolean reading = data - usualData > compute - usualCompute;
        return String.format(
                Locale.ROOT,
                "%s is slow: %s takes %.2f s a micro-batch there, and %.2f s on the others",
                member,
                reading ? Phase.DATA : Phase.COMPUTING,
                reading ? data : compute,
                reading ? usualData : usualCompute);
    }

    /**
     * Shares that would make a step at least 10% shorter than the view's shares; empty if there are
     * none or too little has been measured.
     */
    public Optional<List<Integer>> better(View view) {
        int ranks = view.members().size();
        if (ranks < 2 || ranks > microBatches || !isMeasured(view)) {
            return Optional.empty();
        }
        int[] counts = new int[ranks];
        Arrays.fill(counts, 1);
        for (int given = ranks; given < microBatches; given++) {
            int quickest = 0;
            for (int rank = 1; rank < ranks; rank++) {
                if (seconds(view, rank, counts[rank] + 1)
                        < seconds(view, quickest, counts[quickest] + 1)) {
                    quickest = rank;
                }
            }
            counts[quickest]++;
        }
        double now = 0;
        double then = 0;
        for (int rank = 0; rank < ranks; rank++) {
            now = Math.max(now, seconds(view, rank, last(view, rank).microBatches()));
            then = Math.max(then, seconds(view, rank, counts[rank]));
        }
        return then < WORTH * now
                ? Optional.of(Arrays.stream(counts).boxed().toList())
                : Optional.empty();
    }

    private RankPace last(View view, int rank) {
        return paces.get(view.members().get(rank).id()).getLast();
    }

    /** Seconds that a rank would need for this many micro-batches. */
    private double seconds(View view, int rank, int count) {
        MemberId id = view.members().get(rank).id();
        return last(view, rank).rounds(count) * median(id, Balance::all);
    }
}
