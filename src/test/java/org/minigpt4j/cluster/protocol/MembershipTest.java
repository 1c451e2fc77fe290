package org.minigpt4j.cluster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * The protocol under every order of messages and a crash anywhere at small size, and under random
 * orders with faults of all kinds at a larger one: never another sum of a step, never a standstill.
 */
class MembershipTest {

    private static final long MILLISECOND = 1_000_000;

    /** Something that can happen: a word and whom it is about. */
    private record Event(String what, String link, MemberId who, MemberId other) {

        /**
         * Lets it happen, and ranks do at once what they can: that touches nobody else until a
         * message of theirs is delivered, so no order is left out. A rank that crashes between two
         * messages is one whose later messages never arrive, as {@code notice} has it.
         */
        void on(SimulatedRun run) {
            switch (what) {
                case "deliver" -> {
                    run.deliver(link);
                    runAll(run);
                }
                case "beat" -> {
                    run.beat(who);
                    runAll(run);
                }
                case "crash" -> run.crash(who);
                case "notice" -> run.notice(who, other);
                case "left" -> run.roll.left(who, "was killed", run.now);
                case "start" -> run.start(who.slot());
                default -> throw new AssertionError(what);
            }
        }
    }

    /** A way through the tree of what can happen. */
    private record Way(Way before, Event last, int length) {

        List<Event> events() {
            Deque<Event> all = new ArrayDeque<>();
            for (Way way = this; way.last != null; way = way.before) {
                all.addFirst(way.last);
            }
            return List.copyOf(all);
        }
    }

    private record Size(int ranks, int steps, int crashes, boolean restart) {}

    @ParameterizedTest
    @CsvSource({"2, 3, 0, false", "2, 1, 1, false", "2, 1, 1, true", "3, 1, 0, false"})
    void everyOrderOfMessagesWithACrashAnywhereGivesTheOneSum(
            int ranks, int steps, int crashes, boolean restart) {
        assertTrue(explore(new Size(ranks, steps, crashes, restart)) > 100);
    }

    @Test
    @Tag("soak")
    void threeRanksAndACrashInEveryOrder() {
        assertTrue(explore(new Size(3, 1, 1, false)) > 100_000);
    }

    private static SimulatedRun begin(Size size) {
        SimulatedRun run = new SimulatedRun(size.ranks, 1, 4, size.steps);
        for (int slot = 0; slot < size.ranks; slot++) {
            run.start(slot);
            run.ask(new MemberId(slot, 0));
            run.hear(new MemberId(slot, 0));
            run.told(new MemberId(slot, 0));
        }
        return run;
    }

    private static void runAll(SimulatedRun run) {
        for (MemberId id : run.living()) {
            while (run.run(id)) {}
        }
    }

    /** Follows every way on which something new happens; how many states there are. */
    private static int explore(Size size) {
        Set<Long> seen = new HashSet<>();
        Deque<Way> open = new ArrayDeque<>();
        open.add(new Way(null, null, 0));
        while (!open.isEmpty()) {
            Way way = open.removeLast();
            SimulatedRun run = replay(size, way);
            List<Event> possible = possible(size, way, run);
            String before = run.fingerprint();
            boolean goesOn = false;
            for (Event event : possible) {
                SimulatedRun next = replay(size, way);
                try {
                    event.on(next);
                } catch (AssertionError e) {
                    throw new AssertionError(way.events() + " then " + event + "\n" + run, e);
                }
                String after = next.fingerprint();
                if (!after.equals(before)) {
                    goesOn |= !event.what.equals("crash");
                    if (seen.add(hash(after + fate(way, event)))) {
                        open.add(new Way(way, event, way.length + 1));
                    }
                }
            }
            assertTrue(
                    goesOn || run.isFinished() || run.living().isEmpty(),
                    () -> "stuck after " + way.events() + "\n" + run);
        }
        return seen.size();
    }

    private static long hash(String text) {
        long hash = 1125899906842597L;
        for (int i = 0; i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return hash ^ (long) text.hashCode() << 32;
    }

    /** Which crashes have happened and who knows of them. */
    private static String fate(Way way, Event event) {
        TreeSet<String> fate = new TreeSet<>();
        List<Event> events = new ArrayList<>(way.events());
        events.add(event);
        for (Event one : events) {
            if (List.of("crash", "notice", "left", "start").contains(one.what)) {
                fate.add(one.toString());
            }
        }
        return fate.toString();
    }

    private static SimulatedRun replay(Size size, Way way) {
        SimulatedRun run = begin(size);
        way.events().forEach(event -> event.on(run));
        return run;
    }

    private static List<Event> possible(Size size, Way way, SimulatedRun run) {
        List<Event> possible = new ArrayList<>();
        run.underWay().forEach(link -> possible.add(new Event("deliver", link, null, null)));
        int crashed = 0;
        for (Event event : way.events()) {
            if (!event.what.equals("crash")) {
                continue;
            }
            crashed++;
            boolean known = false;
            boolean again = false;
            for (Event later : way.events()) {
                known |= later.what.equals("left") && later.who.equals(event.who);
                again |= later.what.equals("start") && later.who.equals(event.who);
            }
            if (!known) {
                possible.add(new Event("left", null, event.who, null));
            } else if (size.restart && !again) {
                possible.add(new Event("start", null, event.who, null));
            }
            for (MemberId by : run.living()) {
                possible.add(new Event("notice", null, event.who, by));
            }
        }
        for (MemberId id : run.living()) {
            possible.add(new Event("beat", null, id, null));
            if (crashed < size.crashes) {
                possible.add(new Event("crash", null, id, null));
            }
        }
        return possible;
    }

    @Test
    void randomOrdersWithFaultsOfAllKindsGiveTheOneSum() {
        for (long seed = 0; seed < 300; seed++) {
            simulate(seed, false);
        }
    }

    @Test
    void randomOrdersWithFaultsGiveTheOneSumWhileMicroBatchesMoveBetweenRanks() {
        int uneven = 0;
        for (long seed = 0; seed < 25; seed++) {
            uneven += simulate(seed, true);
        }
        assertTrue(uneven > 1_000, uneven + " gradients in uneven shares");
    }

    @Test
    @Tag("soak")
    void manyMoreRandomOrders() {
        for (long seed = 1000; seed < 200_000; seed++) {
            simulate(seed, seed % 4 == 0);
        }
    }

    /**
     * A run whose ranks crash, stop, wake up, lose connections and come back, until they may not.
     *
     * @param balance whether ranks become slow and quick as well, and micro-batches move between
     *     them; such a run is longer
     * @return gradients that were made in shares of other than equal size
     */
    private static int simulate(long seed, boolean balance) {
        Random random = new Random(seed);
        int hosts = 1 + random.nextInt(5);
        int minHosts = 1 + random.nextInt(hosts);
        SimulatedRun run = new SimulatedRun(hosts, minHosts, 8, balance ? 60 : 12);
        if (balance) {
            run.balance();
        }
        for (int slot = 0; slot < hosts; slot++) {
            run.start(slot);
        }
        int faults = 1 + random.nextInt(20);
        List<MemberId> dead = new ArrayList<>();
        try {
            for (int i = 0; !(faults == 0 && run.isFinished()); i++) {
                assertTrue(i < (balance ? 300_000 : 60_000), "a standstill");
                List<MemberId> living = run.living();
                MemberId one = living.get(random.nextInt(living.size()));
                boolean frozen = run.isFrozen(one);
                int dice = random.nextInt(100);
                if (balance && random.nextInt(500) == 0) {
                    run.slow(one, 1 + random.nextInt(4));
                }
                if (dice < 2 && faults > 0 && random.nextInt(8) == 0) {
                    faults--;
                    switch (random.nextInt(4)) {
                        case 0 -> {
                            run.start(one.slot()); // which ends the life before
                            dead.add(one);
                        }
                        case 1 -> run.freeze(one, true);
                        case 2 -> run.cut(one, living.get(random.nextInt(living.size())));
                        default -> run.now += 6_000 * MILLISECOND;
                    }
                } else if (dice < 4 && frozen && (faults == 0 || random.nextInt(20) == 0)) {
                    run.freeze(one, false);
                } else if (dice < 10) {
                    run.now += random.nextInt(40) * MILLISECOND;
                    run.roll.tick(run.now);
                } else if (dice < 15 && !dead.isEmpty()) {
                    MemberId gone = dead.get(random.nextInt(dead.size()));
                    if (random.nextInt(3) > 0) {
                        run.notice(gone, one);
                    } else {
                        run.roll.left(gone, "was killed", run.now);
                    }
                } else if (!frozen && dice < 50) {
                    switch (random.nextInt(3)) {
                        case 0 -> run.ask(one);
                        case 1 -> run.hear(one);
                        default -> run.told(one);
                    }
                } else if (!frozen && dice < 75) {
                    run.run(one);
                } else if (!run.underWay().isEmpty()) {
                    List<String> links = run.underWay();
                    run.deliver(links.get(random.nextInt(links.size())));
                }
            }
            assertEquals("", run.roll.failure());
            return run.uneven;
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + "\n" + run, e);
        }
    }
}
