package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Balance;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.Roll;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.train.GradientReducer.StepSum;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One run of many steps between ranks with real connections, and faults in it one after the other,
 * drawn by a seed: ranks die, stand still with open connections, lose the way to the driver, lose
 * their connections or get nothing over them, come back and come new. Every sum that any rank ever
 * gets must have the bits of one process. {@code -Dhosts.faults=N} and {@code -Dhosts.seed=N} set
 * how many and which.
 */
@Tag("soak")
class HostsSoakIT {

    private static final int SLOTS = 5;
    private static final int LEAST = 2;
    private static final int LAST = 10_000_000;
    private static final Duration SILENCE = Duration.ofSeconds(2);
    private static final Duration HANG = Duration.ofMinutes(3);
    private static final byte[] SECRET = "a secret of the run".getBytes();

    private enum Fault {
        KILL,
        STOP,
        UNHEARD,
        CUT,
        HELD,
        JOIN
    }

    private final long seed = Long.getLong("hosts.seed", 20);
    private final int faults = Integer.getInteger("hosts.faults", 1_000);
    private final Random random = new Random(seed);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<Integer, Rank> ranks = new TreeMap<>();
    private final Map<Integer, String> references = new ConcurrentHashMap<>();
    private final Object lock = new Object();
    private final long[] lives = new long[SLOTS];
    private final List<String> differing = new ArrayList<>();
    private final Roll roll =
            new Roll(
                            new RollRules(
                                    SLOTS,
                                    LEAST,
                                    Duration.ofSeconds(20),
                                    SILENCE,
                                    Duration.ofMillis(600),
                                    Duration.ofMillis(2),
                                    Duration.ofDays(1),
                                    Integer.MAX_VALUE),
                            System.nanoTime())
                    .optBalance(new Balance(ToyWork.MICRO_BATCHES), true);
    private ToyWork reference = new ToyWork(ToyWork.begin(), 1);
    private int referred;
    private int newest;
    private boolean over;

    /** A rank in threads of its own. */
    private final class Rank {
        final MemberId id;
        final PeerExchange exchange;
        final RelayedPort port;
        final RankLink link;
        volatile boolean dead;
        volatile boolean stopped;
        volatile boolean unheard;

        Rank(MemberId id) {
            this.id = id;
            var settings = new WireSettings(SECRET, SILENCE, 1 << 20);
            exchange = new PeerExchange(id, "127.0.0.1", settings, words -> {});
            port = new RelayedPort(exchange.port());
            Member member = new Member(id, "127.0.0.1", port.port());
            link = new RankLink(member, 0, exchange, this::ask);
            threads.submit(this::train);
        }

        /** Stands still, and reads nothing, while it is stopped. */
        private void gate() {
            while (stopped && !dead) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        private View ask(RankReport report) {
            gate();
            while (unheard && !dead) {
                LockSupport.parkNanos(1_000_000);
            }
            synchronized (lock) {
                return dead ? View.NONE : roll.report(report, System.nanoTime());
            }
        }

        void die() {
            dead = true;
            port.close();
            exchange.close();
            link.close();
        }

        private Void train() throws InterruptedException {
            var machine = new RankMachine<byte[]>(id, 0, LAST);
            var reducer = new HostReducer(id, ToyWork.MICRO_BATCHES, machine, exchange, link);
            ToyWork work = new ToyWork(ToyWork.begin(), 1);
            int step = 1;
            while (!dead) {
                gate();
                Optional<StepSum> sum = reducer.sum(work);
                if (sum.isPresent()) {
                    done(step, ToyWork.bits(sum.get()), id);
                    work = new ToyWork(work.after(sum.get()), ++step);
                } else if (reducer.taken().isPresent()) {
                    step = reducer.taken().get().step() + 1;
                    work = new ToyWork(reducer.taken().get().trainable(), step);
                } else {
                    return null;
                }
            }
            return null;
        }
    }

    /** A rank has done a step. */
    private void done(int step, String bits, MemberId id) throws InterruptedException {
        synchronized (lock) {
            while (referred < step) {
                referred++;
                StepSum sum =
                        GradientReducer.local(ToyWork.MICRO_BATCHES).sum(reference).orElseThrow();
                references.put(referred, ToyWork.bits(sum));
                references.remove(referred - 5_000);
                reference = new ToyWork(reference.after(sum), referred + 1);
            }
            String expected = references.get(step);
            if (expected != null && !expected.equals(bits)) {
                differing.add("step %d of %s".formatted(step, id));
            }
            newest = Math.max(newest, step);
            lock.notifyAll();
        }
    }

    private int newest() {
        synchronized (lock) {
            return newest;
        }
    }

    /** Waits; false after a time in which no run may stand still. */
    private boolean await(BooleanSupplier holds) {
        long end = System.nanoTime() + HANG.toNanos();
        while (!holds.getAsBoolean()) {
            synchronized (lock) {
                roll.tick(System.nanoTime());
                roll.takeEvents();
            }
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(1_000_000);
        }
        return true;
    }

    private boolean isMember(Rank rank) {
        synchronized (lock) {
            return roll.view().has(rank.id);
        }
    }

    private void start(int slot) {
        ranks.put(slot, new Rank(new MemberId(slot, lives[slot]++)));
    }

    private Fault fault() {
        List<Rank> members = ranks.values().stream().filter(this::isMember).toList();
        if (ranks.size() < SLOTS && (members.size() <= LEAST || random.nextInt(3) > 0)) {
            return Fault.JOIN;
        }
        return Fault.values()[random.nextInt(Fault.JOIN.ordinal())];
    }

    /** Lets it happen. */
    private void happen(Fault fault) {
        if (fault == Fault.JOIN) {
            int slot = 0;
            while (ranks.containsKey(slot)) {
                slot++;
            }
            start(slot);
            return;
        }
        List<Rank> all = List.copyOf(ranks.values());
        Rank one = all.get(random.nextInt(all.size()));
        long pause = Duration.ofMillis(random.nextInt(4_000)).toNanos();
        switch (fault) {
            case KILL -> {
                ranks.remove(one.id.slot());
                threads.submit(one::die);
            }
            case STOP -> {
                one.stopped = true;
                threads.submit(() -> wake(one, pause));
            }
            case CUT -> {
                one.port.cut();
                threads.submit(() -> wake(one, pause));
            }
            case HELD -> {
                one.port.hold();
                threads.submit(() -> wake(one, pause));
            }
            default -> {
                one.unheard = true;
                threads.submit(() -> wake(one, pause));
            }
        }
    }

    private void wake(Rank one, long pause) {
        long end = System.nanoTime() + pause;
        while (System.nanoTime() < end && !over) {
            LockSupport.parkNanos(1_000_000);
        }
        one.stopped = false;
        one.unheard = false;
        one.port.mend();
    }

    @Test
    void noFaultChangesABitOrLeavesTheRunStanding() {
        for (int slot = 0; slot < SLOTS; slot++) {
            start(slot);
        }
        assertTrue(await(() -> newest() >= 3), "it does not begin");
        Map<Fault, List<Double>> seconds = new TreeMap<>();
        int done = 0;
        boolean hangs = false;
        while (done < faults && !hangs) {
            Fault fault = fault();
            int before = newest();
            long begun = System.nanoTime();
            happen(fault);
            // One step may have been on its way; the next one is made after the fault.
            hangs = !await(() -> newest() >= before + 2);
            seconds.computeIfAbsent(fault, f -> new ArrayList<>())
                    .add((System.nanoTime() - begun) / 1e9);
            long pause = System.nanoTime() + random.nextInt(200) * 1_000_000L;
            await(() -> System.nanoTime() > pause);
            if (hangs) {
                System.err.printf("no step after fault %d, %s, in %s%n", done, fault, roll);
            }
            if (++done % 100 == 0) {
                tell(seconds, done);
            }
        }
        over = true;
        List.copyOf(ranks.values()).forEach(Rank::die);
        threads.shutdownNow();
        tell(seconds, done);
        assertEquals(List.of(), differing);
        assertEquals(faults, done, "it hangs");
        assertFalse(hangs, "it hangs");
    }

    private void tell(Map<Fault, List<Double>> seconds, int done) {
        synchronized (lock) {
            System.err.printf(
                    "seed %d, %d faults, %d steps, %d bits differ%n",
                    seed, done, newest, differing.size());
        }
        seconds.forEach((fault, all) -> tell(fault.name(), all));
        tell("all", seconds.values().stream().flatMap(List::stream).toList());
    }

    private static void tell(String fault, List<Double> seconds) {
        double[] sorted = seconds.stream().mapToDouble(d -> d).sorted().toArray();
        System.err.printf(
                "%-8s %4d times, next step after (s): median %.3f, 90 %% %.3f, 99 %% %.3f,"
                        + " worst %.3f%n",
                fault,
                sorted.length,
                sorted[sorted.length / 2],
                sorted[sorted.length * 9 / 10],
                sorted[sorted.length * 99 / 100],
                sorted[sorted.length - 1]);
    }
}
