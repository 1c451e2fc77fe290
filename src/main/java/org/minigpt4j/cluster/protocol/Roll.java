package org.minigpt4j.cluster.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who belongs to a run: the driver's half of the protocol, which makes the {@link View}s. It is
 * told what ranks report and what Spark knows of them, and the time with each; it asks no clock and
 * waits for nothing. Not safe for several threads.
 *
 * <h2>Who is lost</h2>
 *
 * A rank is lost when its task ends, when it says nothing for a while, or when a peer's connection
 * to it broke and it then says nothing for a shorter while. A rank whose connection to a peer broke
 * while both still talk to the driver is not lost; the two get a new view of the same members, in
 * which they connect again. If that fails as well, the one with more complaints against it goes, of
 * two with the same number the one of the higher slot.
 *
 * <h2>Who comes back</h2>
 *
 * Whoever reports and is not in the view is a candidate, and enters the next one. A rank that was
 * lost before waits, each time twice as long, so that one that comes and goes does not keep the
 * others from their work.
 */
public final class Roll {

    /** Where a run stands. */
    public enum State {
        /** Not all ranks have come yet. */
        GATHERING,
        /** It trains. */
        RUNNING,
        /** Too few ranks are left. */
        WAITING,
        /** It was told to end. */
        ENDING,
        /** It cannot go on. */
        FAILED
    }

    private static final int RETRIES = 1;

    private final RollRules rules;
    private final Map<MemberId, Known> known = new TreeMap<>();
    private final Map<Integer, Slot> slots = new TreeMap<>();
    private final Map<Set<MemberId>, Integer> brokenPairs = new HashMap<>();
    private final List<RollEvent> events = new ArrayList<>();
    private final long began;
    private View view = View.NONE;
    private State state = State.GATHERING;
    private String failure = "";
    private long waitingSince;
    private int progress = -1;
    private int lossesHere;
    private boolean retry;
    private Optional<Balance> balance = Optional.empty();
    private boolean shifts;

    /** What is known of a rank that reports. */
    private static final class Known {
        private RankReport last;
        private long heard;
        private final Map<MemberId, Long> complaints = new TreeMap<>();

        private Known(RankReport first, long now) {
            last = first;
            heard = now;
        }
    }

    /** What is known of a slot over all its lives. */
    private static final class Slot {
        private int losses;
        private long lostAt;
    }

    /**
     * Nobody yet.
     *
     * @param now the time in nanoseconds, as in all methods
     */
    public Roll(RollRules rules, long now) {
        this.rules = rules;
        began = now;
    }

    /**
     * Names slow ranks.
     *
     * @param evens whether they get fewer micro-batches as well
     */
    public Roll optBalance(Balance paces, boolean evens) {
        balance = Optional.of(paces);
        shifts = evens;
        return this;
    }

    /** The newest view. */
    public View view() {
        return view;
    }

    /** Where the run stands. */
    public State state() {
        return state;
    }

    /** Why it failed. */
    public String failure() {
        return failure;
    }

    /** Takes what happened since it was last asked. */
    public List<RollEvent> takeEvents() {
        List<RollEvent> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    /** What each member of the view reported last. */
    public Collection<RankReport> reports() {
        return view.members().stream()
                .map(member -> known.get(member.id()))
                .filter(one -> one != null)
                .map(one -> one.last)
                .toList();
    }

    /** Whoever reports and is not in the view, as well. */
    public Collection<Member> candidates() {
        return known.values().stream()
                .map(one -> one.last.from())
                .filter(member -> !view.has(member.id()))
                .toList();
    }

    /** A rank reports; the answer is the newest view. */
    public View report(RankReport report, long now) {
        MemberId id = report.from().id();
        for (MemberId other : List.copyOf(known.keySet())) {
            if (other.slot() == id.slot() && other.life() < id.life()) {
                lost(other, "was started again", now);
            } else if (other.slot() == id.slot() && other.life() > id.life()) {
                return view; // an earlier life that is not over yet
            }
        }
        Known one = known.computeIfAbsent(id, first -> new Known(report, now));
        one.last = report;
        one.heard = now;
        if (view.has(id) && report.view() == view.number()) {
            if (report.step() > progress) {
                progress = report.step();
                lossesHere = 0;
                brokenPairs.clear();
            }
            balance.ifPresent(paces -> even(paces, id, report.pace()));
            for (MemberId peer : report.unreachable()) {
                if (view.has(peer) && known.containsKey(peer) && !peer.equals(id)) {
                    known.get(peer).complaints.putIfAbsent(id, now);
                }
            }
        }
        tick(now);
        return view;
    }

    private void even(Balance paces, MemberId id, RankPace pace) {
        paces.took(id, pace);
        events.addAll(paces.stragglers(view));
        if (!shifts || state != State.RUNNING) {
            return;
        }
        paces.better(view)
                .ifPresent(
                        shares -> {
                            List<String> words = new ArrayList<>();
                            for (int i = 0; i < shares.size(); i++) {
                                MemberId member = view.members().get(i).id();
                                words.add(member + " takes " + shares.get(i));
                            }
                            String all = "micro-batches of a step from now on: ";
                            events.add(
                                    new RollEvent(
                                            Optional.empty(),
                                            all + String.join(", ", words),
                                            false));
                            renew(view.mode(), view.members(), shares);
                        });
    }

    /** Spark says that a rank's task has ended, and how. */
    public void left(MemberId id, String how, long now) {
        lost(id, how, now);
        tick(now);
    }

    /** Ends the run: its members are told with the next view. */
    public void end(long now) {
        if (state != State.ENDING && state != State.FAILED) {
            state = State.ENDING;
            renew(View.Mode.END, view.members());
        }
    }

    /** Lets time pass. */
    public void tick(long now) {
        if (state == State.FAILED || state == State.ENDING) {
            return;
        }
        for (Known one : List.copyOf(known.values())) {
            if (now - one.heard >= rules.silence().toNanos()) {
                lost(
                        one.last.from().id(),
                        "said nothing for %.1f s".formatted((now - one.heard) / 1e9),
                        now);
            }
        }
        judge(now);
        if (state != State.FAILED) {
            review(now);
        }
    }

    /** Looks into broken connections. */
    private void judge(long now) {
        for (Known one : List.copyOf(known.values())) {
            MemberId id = one.last.from().id();
            for (Map.Entry<MemberId, Long> complaint : Map.copyOf(one.complaints).entrySet()) {
                MemberId from = complaint.getKey();
                boolean both = known.containsKey(from) && known.containsKey(id);
                if (!both || !view.has(from) || !view.has(id)) {
                    one.complaints.remove(from);
                } else if (one.heard > complaint.getValue()) {
                    one.complaints.remove(from);
                    brokenLink(id, from, now);
                } else if (now - complaint.getValue() >= rules.closed().toNanos()) {
                    lost(id, "closed its connection to %s and is silent".formatted(from), now);
                    break;
                }
            }
        }
    }

    /** Both live. */
    private void brokenLink(MemberId accused, MemberId from, long now) {
        int broken = brokenPairs.merge(Set.of(accused, from), 1, Integer::sum);
        if (broken <= 2 * RETRIES) { // each of the two may complain
            retry = true;
            return;
        }
        MemberId goes = accused.compareTo(from) > 0 ? accused : from;
        long against = complaints(accused);
        long againstOther = complaints(from);
        if (against != againstOther) {
            goes = against > againstOther ? accused : from;
        }
        MemberId stays = goes.equals(accused) ? from : accused;
        brokenPairs.keySet().removeIf(Set.of(accused, from)::equals);
        lost(goes, "cannot exchange messages with %s".formatted(stays), now);
    }

    private long complaints(MemberId id) {
        return brokenPairs.keySet().stream().filter(pair -> pair.contains(id)).count();
    }

    private void lost(MemberId id, String how, long now) {
        Known one = known.remove(id);
        if (one == null || !view.has(id)) {
            return;
        }
        Slot slot = slots.computeIfAbsent(id.slot(), number -> new Slot());
        slot.losses++;
        slot.lostAt = now;
        lossesHere++;
        Phase phase = one.last.phase();
        String where = "%s %s, while %s".formatted(one.last.from(), how, phase);
        where += " at step " + (one.last.step() + 1);
        events.add(new RollEvent(Optional.of(one.last.from()), where, true));
        if (lossesHere > rules.faultsAtOneStep() && state == State.RUNNING) {
            state = State.FAILED;
            failure =
                    "%s. It is the %d. loss without a step in between, so something in this step brings ranks down; the run ends"
                            .formatted(where, lossesHere);
        }
    }

    /** Makes the next view, where there is a reason for one. */
    private void review(long now) {
        List<Member> stay =
                view.members().stream().filter(member -> known.containsKey(member.id())).toList();
        List<Member> next = new ArrayList<>(stay);
        Set<Integer> taken = new TreeSet<>();
        stay.forEach(member -> taken.add(member.id().slot()));
        for (Known one : known.values()) {
            Member candidate = one.last.from();
            if (!view.has(candidate.id())
                    && next.size() < rules.hosts()
                    && mayCome(candidate.id(), now)
                    && taken.add(candidate.id().slot())) {
                next.add(candidate);
            }
        }
        next.sort(Comparator.comparing(Member::id));
        boolean gathered =
                next.size() >= rules.hosts()
                        || next.size() >= rules.minHosts()
                                && now - began >= rules.gathering().toNanos();
        boolean enough = next.size() >= rules.minHosts();
        if (state == State.GATHERING && !gathered) {
            if (now - began >= rules.gathering().plus(rules.waiting()).toNanos()) {
                fail(next.size());
            }
            return;
        }
        if (stay.isEmpty()) {
            progress = -1; // what comes now may stand anywhere
        }
        if (!enough && state != State.WAITING) {
            waitingSince = now;
            events.add(tell("%d ranks are left, and run.min_hosts is %d; the run waits", next));
        } else if (!enough && now - waitingSince >= rules.waiting().toNanos()) {
            fail(next.size());
            return;
        }
        View.Mode mode = enough ? View.Mode.RUN : View.Mode.HOLD;
        state = enough ? State.RUNNING : State.WAITING;
        if (retry || mode != view.mode() || !next.equals(view.members())) {
            for (Member member : next) {
                if (!view.has(member.id())) {
                    events.add(new RollEvent(Optional.of(member), member + " takes part", false));
                }
            }
            renew(mode, next);
        }
    }

    private void fail(int ranks) {
        state = State.FAILED;
        failure =
                "there are %d ranks, and run.min_hosts is %d; no more came within %d s"
                        .formatted(ranks, rules.minHosts(), rules.waiting().toSeconds());
    }

    private RollEvent tell(String words, List<Member> left) {
        return new RollEvent(
                Optional.empty(), words.formatted(left.size(), rules.minHosts()), false);
    }

    private boolean mayCome(MemberId id, long now) {
        Slot slot = slots.get(id.slot());
        if (slot == null || id.life() > 0 && slot.losses <= 1) {
            return true;
        }
        long pause = rules.rejoin().toNanos() << Math.min(slot.losses - 1, 6);
        return now - slot.lostAt >= pause;
    }

    private void renew(View.Mode mode, List<Member> members) {
        renew(mode, members, members.equals(view.members()) ? view.shares() : List.of());
    }

    private void renew(View.Mode mode, List<Member> members, List<Integer> shares) {
        view = new View(view.number() + 1, mode, members, shares);
        balance.ifPresent(paces -> paces.begin(view));
        retry = false;
        known.values().forEach(one -> one.complaints.clear());
    }

    /** All of its state but for times. */
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder(state + " " + view + " " + progress + " ");
        known.forEach((id, one) -> all.append(one.last).append(one.complaints.keySet()));
        return all.append(lossesHere).append(brokenPairs).toString();
    }
}
