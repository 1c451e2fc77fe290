package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Balance;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.Roll;
import org.minigpt4j.cluster.protocol.RollEvent;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.GradientReducer.StepSum;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Ranks as threads with real connections, and a driver that is nothing but the roll. */
@Timeout(120)
class HostReducerIT {

    private static final int STEPS = 40;
    private static final byte[] SECRET = "a secret of the run".getBytes();

    private final Map<Integer, List<String>> sums = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> log = new ArrayList<>();
    private Roll roll;
    private Runnable waitFor = () -> {};
    private int slow = -1;
    private boolean half;
    private final AtomicInteger states = new AtomicInteger();

    private static List<String> alone() throws InterruptedException {
        List<String> bits = new ArrayList<>();
        TrainableValues state = ToyWork.begin();
        for (int step = 1; step <= STEPS; step++) {
            StepSum sum =
                    GradientReducer.local(ToyWork.MICRO_BATCHES)
                            .sum(new ToyWork(state, step))
                            .get();
            bits.add(ToyWork.bits(sum));
            state = new ToyWork(state, step).after(sum);
        }
        return bits;
    }

    /** A rank; {@code dies} ends it without a word before its gradients of this step are sent. */
    private final class Host {
        final AtomicBoolean dead = new AtomicBoolean();
        final Future<Integer> end;
        final PeerExchange exchange;
        final RankLink link;
        final MemberId id;

        Host(int slot, long life, int dies) {
            id = new MemberId(slot, life);
            exchange =
                    new PeerExchange(
                            id,
                            "127.0.0.1",
                            new WireSettings(SECRET, Duration.ofSeconds(5), 1 << 20),
                            log::add);
            link =
                    new RankLink(
                            new Member(id, "127.0.0.1", exchange.port()), 0, exchange, this::ask);
            end = threads.submit(() -> train(dies));
        }

        private View ask(RankReport report) {
            synchronized (log) {
                return dead.get() ? View.NONE : roll.report(report, System.nanoTime());
            }
        }

        void die() {
            dead.set(true);
            exchange.close();
        }

        private int train(int dies) throws InterruptedException {
            var machine = new RankMachine<byte[]>(id, 0, STEPS);
            var reducer =
                    new HostReducer(id, ToyWork.MICRO_BATCHES, machine, exchange, link)
                            .optHalf(half);
            TrainableValues state = ToyWork.begin();
            int step = 1;
            while (step <= STEPS) {
                int now = step;
                ToyWork toy =
                        new ToyWork(state, step) {
                            @Override
                            public List<Replica.Result> results(RankShare share, int[] labels) {
                                if (now == dies) {
                                    die();
                                }
                                if (id.slot() == slow) {
                                    LockSupport.parkNanos(
                                            share.count() * Duration.ofMillis(20).toNanos());
                                }
                                if (now == 6) {
                                    waitFor.run();
                                }
                                return super.results(share, labels);
                            }
                        };
                Optional<StepSum> sum = reducer.sum(toy);
                if (dead.get()) {
                    return -1;
                }
                if (sum.isPresent()) {
                    sums.computeIfAbsent(step, s -> new CopyOnWriteArrayList<>())
                            .add(ToyWork.bits(sum.get()));
                    state = toy.after(sum.get());
                    step++;
                } else if (reducer.taken().isPresent()) {
                    states.incrementAndGet();
                    state = reducer.taken().get().trainable();
                    step = reducer.taken().get().step() + 1;
                } else {
                    return step - 1;
                }
            }
            TrainableValues last = state;
            reducer.finish(() -> ToyWork.state(last, STEPS));
            return STEPS;
        }
    }

    private void until(BooleanSupplier holds) {
        synchronized (log) {
            while (!holds.getAsBoolean()) {
                try {
                    log.wait(5);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private void begin(int hosts) {
        roll =
                new Roll(
                        RollRules.of(hosts, 1, Duration.ofSeconds(5), Duration.ofSeconds(60)),
                        System.nanoTime());
    }

    /** Ends the run when all of the view have done all steps. */
    private void end(List<Host> hosts) throws Exception {
        for (boolean ended = false; !ended; ) {
            synchronized (log) {
                roll.tick(System.nanoTime());
                ended =
                        !roll.view().members().isEmpty()
                                && roll.reports().stream().allMatch(r -> r.step() == STEPS);
                if (ended) {
                    roll.end(System.nanoTime());
                }
                log.wait(20);
            }
            for (Host host : hosts) {
                if (host.end.isDone()) {
                    host.end.get(); // throws what it failed with
                }
            }
        }
        for (Host host : hosts) {
            if (!host.dead.get()) {
                assertEquals(STEPS, host.end.get());
                host.link.close();
                host.exchange.close();
            }
        }
    }

    private void assertSums() throws InterruptedException {
        List<String> alone = alone();
        for (int step = 1; step <= STEPS; step++) {
            for (String bits : sums.get(step)) {
                assertEquals(alone.get(step - 1), bits, "step " + step);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void anyNumberOfRanksGivesTheBitsOfOne(int ranks) throws Exception {
        begin(ranks);
        List<Host> hosts = new ArrayList<>();
        for (int slot = 0; slot < ranks; slot++) {
            hosts.add(new Host(slot, 0, -1));
        }
        end(hosts);
        assertSums();
        assertEquals(ranks, sums.get(STEPS).size());
    }

    @Test
    void whenARankDiesInAStepTheOthersFinishThatStep() throws Exception {
        begin(4);
        List<Host> hosts = new ArrayList<>();
        for (int slot = 0; slot < 4; slot++) {
            hosts.add(new Host(slot, 0, slot == 0 ? 5 : slot == 2 ? 8 : -1));
        }
        end(hosts);
        assertSums();
        assertEquals(
                List.of(4, 3, 3, 3, 2),
                Stream.of(4, 5, 6, 7, 8).map(s -> sums.get(s).size()).toList());
        assertTrue(
                roll.takeEvents().stream()
                        .anyMatch(e -> e.words().matches("rank 0 on 127.0.0.1 .* at step \\d")),
                "named");
    }

    @Test
    void aRankThatComesBackTakesTheStateFromAPeer() throws Exception {
        begin(2);
        MemberId back = new MemberId(1, 1);
        waitFor = () -> until(() -> roll.view().has(back));
        List<Host> hosts = new ArrayList<>();
        hosts.add(new Host(0, 0, -1));
        Host dies = new Host(1, 0, 3);
        hosts.add(dies);
        until(dies.dead::get);
        hosts.add(new Host(1, 1, -1));
        end(hosts);
        assertSums();
        assertEquals(2, sums.get(STEPS).size());
        assertEquals(1, states.get());
    }

    @Test
    void aSlowRankIsNamedAndGetsFewerMicroBatchesAndNoBitChanges() throws Exception {
        begin(3);
        roll.optBalance(new Balance(ToyWork.MICRO_BATCHES), true);
        slow = 1;
        List<Host> hosts = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            hosts.add(new Host(slot, 0, -1));
        }
        end(hosts);
        assertSums();
        assertEquals(1, roll.view().shares().get(1), roll.view().toString());
        List<String> words = roll.takeEvents().stream().map(RollEvent::words).toList();
        assertTrue(
                words.stream()
                        .anyMatch(w -> w.startsWith("rank 1 on 127.0.0.1 is slow: computing")),
                words::toString);
    }

    @Test
    void halfTheBytesGiveAllRanksTheSameSum() throws Exception {
        begin(3);
        half = true;
        List<Host> hosts = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            hosts.add(new Host(slot, 0, -1));
        }
        end(hosts);
        List<String> alone = alone();
        for (int step = 1; step <= STEPS; step++) {
            assertEquals(1, Set.copyOf(sums.get(step)).size(), "step " + step);
        }
        assertNotEquals(alone.get(0), sums.get(1).get(0));
    }
}
