package org.minigpt4j.cluster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A run of ranks that are nothing but the protocol, in which a test decides what happens next. The
 * state is a few numbers; a step's sum mixes the state, the step and every micro-batch in order, so
 * one that is left out, taken twice or computed from another state gives another sum.
 */
final class SimulatedRun {

    /** Elements of a gradient. */
    private static final int WIDTH = 6;

    private final int microBatches;
    private final int steps;
    private final List<List<Long>> reference = new ArrayList<>();
    private final List<List<Long>> referenceSums = new ArrayList<>();
    private final Map<MemberId, Rank> ranks = new TreeMap<>();
    private final Map<String, Deque<RankMessage<Object>>> links = new TreeMap<>();
    private final Map<Integer, Long> lives = new TreeMap<>();
    final Roll roll;
    long now;

    /** Gradients that ranks have made in views with shares of their own. */
    int uneven;

    /** A rank's gradients of its micro-batches, one chunk of them, by micro-batch. */
    private record Part(Map<Integer, List<Long>> chunks) {}

    /** The state after a step. */
    private record State(int step, List<Long> values) {}

    private final class Rank {
        final Member self;
        final RankMachine<Object> machine;
        final TreeSet<MemberId> broken = new TreeSet<>();
        List<Long> state = reference.get(0);
        List<Long> sum = List.of();
        View known = View.NONE;
        Optional<RankReport> asked = Optional.empty();
        Optional<View> answer = Optional.empty();
        boolean frozen;
        RankPace pace = RankPace.NONE;
        double secondsPerMicroBatch = 1;

        Rank(MemberId id) {
            self = new Member(id, "host" + id.slot(), 1);
            machine = new RankMachine<>(id, 0, steps);
        }

        RankReport report() {
            return new RankReport(
                    self,
                    known.number(),
                    machine.step(),
                    Phase.COMPUTING,
                    List.copyOf(broken),
                    pace);
        }

        /** What decides its future. */
        String fingerprint() {
            return machine + " " + broken + sum + known.number() + asked + answer + frozen;
        }
    }

    SimulatedRun(int hosts, int minHosts, int microBatches, int steps) {
        this.microBatches = microBatches;
        this.steps = steps;
        List<Long> state = new ArrayList<>();
        for (int e = 0; e < WIDTH; e++) {
            state.add(mix(17, e));
        }
        reference.add(state);
        referenceSums.add(List.of());
        for (int step = 1; step <= steps; step++) {
            Map<Integer, List<Long>> all = gradients(state, step, 0, microBatches, 0, WIDTH);
            List<Long> sum = add(List.of(new Part(all)), 0, WIDTH);
            referenceSums.add(sum);
            state = updated(state, sum);
            reference.add(state);
        }
        roll =
                new Roll(
                        new RollRules(
                                hosts,
                                minHosts,
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(5),
                                Duration.ofMillis(600),
                                Duration.ofMillis(500),
                                Duration.ofDays(1),
                                Integer.MAX_VALUE),
                        now);
    }

    /** Lets slow ranks have fewer micro-batches. */
    void balance() {
        roll.optBalance(new Balance(microBatches), true);
    }

    /** A rank takes so many times as long over a micro-batch as it first did. */
    void slow(MemberId id, double times) {
        ranks.get(id).secondsPerMicroBatch = times;
    }

    private static long mix(long a, long b) {
        long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        return z ^ z >>> 27;
    }

    private static Map<Integer, List<Long>> gradients(
            List<Long> state, int step, int first, int end, int from, int to) {
        Map<Integer, List<Long>> all = new TreeMap<>();
        for (int i = first; i < end; i++) {
            List<Long> one = new ArrayList<>();
            for (int e = from; e < to; e++) {
                one.add(mix(mix(state.get(e), step), i));
            }
            all.put(i, one);
        }
        return all;
    }

    /** The sum of a chunk in the order of micro-batches, each of which must be there. */
    private List<Long> add(List<?> parts, int from, int to) {
        Map<Integer, List<Long>> all = new TreeMap<>();
        for (Object part : parts) {
            ((Part) part)
                    .chunks()
                    .forEach(
                            (i, values) ->
                                    assertEquals(null, all.put(i, values), "twice micro-batch"));
        }
        assertEquals(microBatches, all.size(), "micro-batches in a sum");
        List<Long> sum = new ArrayList<>();
        for (int e = 0; e < to - from; e++) {
            long total = 0;
            for (List<Long> one : all.values()) {
                total = mix(total, one.get(e));
            }
            sum.add(total);
        }
        return sum;
    }

    private static List<Long> updated(List<Long> state, List<Long> sum) {
        List<Long> next = new ArrayList<>();
        for (int e = 0; e < WIDTH; e++) {
            next.add(mix(state.get(e), sum.get(e)));
        }
        return next;
    }

    /** A new life in a slot; one that is there ends with it. */
    void start(int slot) {
        ranks.keySet().stream().filter(id -> id.slot() == slot).toList().forEach(this::crash);
        long life = lives.merge(slot, 0L, (was, zero) -> was + 1);
        ranks.put(new MemberId(slot, life), new Rank(new MemberId(slot, life)));
    }

    List<MemberId> living() {
        return List.copyOf(ranks.keySet());
    }

    /** A rank's process is gone; what it sent may still arrive. */
    void crash(MemberId id) {
        ranks.remove(id);
    }

    /** Nothing that a dead rank sent arrives any more, and its peers and the driver notice. */
    boolean notice(MemberId dead, MemberId by) {
        links.remove(dead + ">" + by);
        Rank rank = ranks.get(by);
        return rank != null && rank.known.has(dead) && rank.broken.add(dead);
    }

    void freeze(MemberId id, boolean frozen) {
        ranks.get(id).frozen = frozen;
    }

    boolean isFrozen(MemberId id) {
        return ranks.get(id).frozen;
    }

    /** A connection breaks, with all that is under way on it. */
    void cut(MemberId one, MemberId other) {
        if (one.equals(other)) {
            return;
        }
        links.remove(one + ">" + other);
        links.remove(other + ">" + one);
        if (ranks.get(one).known.has(other)) {
            ranks.get(one).broken.add(other);
        }
        if (ranks.get(other).known.has(one)) {
            ranks.get(other).broken.add(one);
        }
    }

    /** Connections on which a message is under way to somebody who can take it. */
    List<String> underWay() {
        return links.entrySet().stream()
                .filter(link -> !link.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .filter(name -> receiver(name).filter(rank -> !rank.frozen).isPresent())
                .toList();
    }

    private Optional<Rank> receiver(String link) {
        String to = link.substring(link.indexOf('>') + 1);
        return ranks.values().stream().filter(r -> r.self.id().toString().equals(to)).findFirst();
    }

    void deliver(String link) {
        RankMessage<Object> message = links.get(link).remove();
        Rank rank = receiver(link).orElseThrow();
        assertTrue(rank.machine.arrived(message), () -> message + " surprises " + rank.machine);
    }

    /** The rank asks the driver, whose answer comes later. */
    void ask(MemberId id) {
        Rank rank = ranks.get(id);
        if (rank.asked.isEmpty() && rank.answer.isEmpty()) {
            rank.asked = Optional.of(rank.report());
        }
    }

    /** The driver hears of it. */
    void hear(MemberId id) {
        Rank rank = ranks.get(id);
        if (rank.asked.isPresent()) {
            rank.answer = Optional.of(roll.report(rank.asked.get(), ++now));
            rank.asked = Optional.empty();
        }
    }

    /** The answer reaches the rank. */
    void told(MemberId id) {
        Rank rank = ranks.get(id);
        rank.answer
                .filter(view -> view.number() > rank.known.number())
                .ifPresent(
                        view -> {
                            rank.known = view;
                            rank.broken.clear(); // connections are made anew
                        });
        rank.answer = Optional.empty();
    }

    void beat(MemberId id) {
        ask(id);
        hear(id);
        told(id);
    }

    /** The rank does one thing; false if there was none. */
    boolean run(MemberId id) {
        Rank rank = ranks.get(id);
        RankMachine<Object> m = rank.machine;
        RankTask<Object> task = m.next(rank.known);
        View view = m.view();
        int r = view.rank(id);
        int n = view.members().size();
        if (task instanceof RankTask.Labels<Object> labels) {
            m.labels("labels of %s".formatted(labels.step()));
        } else if (task instanceof RankTask.Gradients<Object> gradients) {
            int first = first(view, r);
            int end = first(view, r + 1);
            uneven += view.shares().isEmpty() ? 0 : 1;
            rank.pace =
                    new RankPace(
                            gradients.step(),
                            end - first,
                            1,
                            0,
                            (end - first) * rank.secondsPerMicroBatch);
            List<Object> parts = new ArrayList<>();
            for (int to = 0; to < n; to++) {
                int from = WIDTH * to / n;
                int until = WIDTH * (to + 1) / n;
                parts.add(
                        new Part(gradients(rank.state, gradients.step(), first, end, from, until)));
            }
            m.partials(parts);
        } else if (task instanceof RankTask.Chunk<Object> chunk) {
            m.total(add(chunk.parts(), WIDTH * r / n, WIDTH * (r + 1) / n));
        } else if (task instanceof RankTask.Sum<Object> sum) {
            List<Long> whole = new ArrayList<>();
            sum.chunks().forEach(chunk -> chunkOf(chunk).forEach(whole::add));
            apply(rank, sum.step(), whole);
        } else if (task instanceof RankTask.TakeSum<Object> sum) {
            apply(rank, sum.step(), chunkOf(sum.sum()));
        } else if (task instanceof RankTask.TakeState<Object> take) {
            State state = (State) take.state();
            assertEquals(reference.get(take.step()), state.values(), "a state that was given");
            rank.state = state.values();
            rank.sum = List.of();
            m.applied(take.step());
        } else if (task instanceof RankTask.GiveSum<Object>) {
            if (rank.sum.isEmpty()) {
                m.giveState(new State(m.step(), rank.state));
            } else {
                m.giveSum(rank.sum);
            }
        } else if (task instanceof RankTask.GiveState<Object>) {
            m.giveState(new State(m.step(), rank.state));
        }
        boolean sent = false;
        for (RankMachine.Envelope<Object> envelope : m.takeOutgoing()) {
            sent = true;
            // A message that is lost is one of which the sender learns that the connection broke.
            boolean open = ranks.containsKey(envelope.to()) && !rank.broken.contains(envelope.to());
            if (open) {
                links.computeIfAbsent(id + ">" + envelope.to(), link -> new ArrayDeque<>())
                        .add(envelope.message());
            }
        }
        boolean waits =
                task instanceof RankTask.Wait<Object>
                        || task instanceof RankTask.Hold<Object>
                        || task instanceof RankTask.End<Object>;
        return sent || !waits;
    }

    /** The first micro-batch of a rank in a view. */
    private int first(View view, int rank) {
        return view.shares().isEmpty()
                ? microBatches * rank / view.members().size()
                : view.shares().stream().limit(rank).mapToInt(Integer::intValue).sum();
    }

    @SuppressWarnings("unchecked")
    private static List<Long> chunkOf(Object payload) {
        return (List<Long>) payload;
    }

    /** The one thing that must never go wrong. */
    private void apply(Rank rank, int step, List<Long> sum) {
        assertEquals(rank.machine.step() + 1, step, "the step whose sum is taken");
        assertEquals(referenceSums.get(step), sum, () -> "the sum of step " + step);
        rank.sum = sum;
        rank.state = updated(rank.state, sum);
        rank.machine.applied(step);
    }

    /** Whether all that live have done all steps. */
    boolean isFinished() {
        return !ranks.isEmpty() && ranks.values().stream().allMatch(r -> r.machine.isFinished());
    }

    /** All that decides what can happen. */
    String fingerprint() {
        StringBuilder all = new StringBuilder(roll.toString());
        ranks.forEach((id, rank) -> all.append('\n').append(id).append(rank.fingerprint()));
        return all.append('\n').append(links).toString();
    }

    @Override
    public String toString() {
        return fingerprint();
    }
}
