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
 * The driver's half of the protocol: decides which ranks belong to a run and creates the {@link
 * View}s. Its inputs are the reports of ranks and Spark's events, each with the current time. It
 * reads no clock and never waits. Not thread-safe.
 *
 * <h2>When a rank is lost</h2>
 *
 * A rank is lost when its task ends, when it sends no report for a while, or when a peer's
 * connection to it broke and it then sends no report for a shorter while. If the connection between
 * two ranks breaks while both still report to the driver, neither is lost: they get a new view with
 * the same members, in which they reconnect. If that fails as well, the rank with more broken
 * connections is removed; on a tie, the one with the higher slot.
 *
 * <h2>How a rank comes back</h2>
 *
 * A rank that reports and is not in the view is a candidate and enters the next view. A rank that
 * was lost before has to wait, twice as long after each loss, so that a rank that comes and goes
 * does not keep interrupting the others.
 */
public final class Roll {

    /** The state of a run. */
    public enum State {
        /** Waiting for all ranks to arrive. */
        GATHERING,
        /** Training. */
        RUNNING,
        /** Waiting because too few ranks are left. */
        WAITING,
        /** Ending, because the driver asked for it. */
        ENDING,
        /** Failed: it cannot continue. */
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

    /** The facts about a rank that reports. */
    private static final class Known {
        private RankReport last;
        private long heard;
        private final Map<MemberId, Long> complaints = new TreeMap<>();

        private Known(RankReport first, long now) {
            last = first;
            heard = now;
        }
    }

    /** The losses of a slot over all its lives. */
    private static final class Slot {
        private int losses;
        private long lostAt;
    }

    /**
     * Starts without members.
     *
     * @param now the time in nanoseconds, as in all methods
     */
    public Roll(RollRules rules, long now) {
        this.rules = rules;
        began = now;
    }

    /**
     * Turns on reports of slow ranks.
     *
     * @param evens whether slow ranks also get fewer micro-batches
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

    /** The current state. */
    public State state() {
        return state;
    }

    /** Why the run failed; an empty text unless the state is {@link State#FAILED}. */
    public String failure() {
        return failure;
    }

    /** Removes and returns the events since the last call. */
    public List<RollEvent> takeEvents() {
        List<RollEvent> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    /** The last report of each member of the view. */
    public Collection<RankReport> reports() {
        return view.members().stream()
                .map(member -> known.get(member.id()))
                .filter(one -> one != null)
                .map(one -> one.last)
                .toList();
    }

    /** The ranks that report but are not in the view. */
    public Collection<Member> candidates() {
        return known.values().stream()
                .map(one -> one.last.from())
                .filter(member -> !view.has(member.id()))
                .toList();
    }

    /** Takes in a rank's report and returns the newest view. */
    public View report(RankReport report, long now) {
        MemberId id = report.from().id();
        for (MemberId other : List.copyOf(known.keySet())) {
            if (other.slot() == id.slot() && other.life() < id.life()) {
                lost(other, "was started again", now);
            } else if (other.slot() == id.slot() && other.life() > id.life()) {
                return view; // an earlier life that has not ended yet
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
                            String all = "micro-batches per step from now on: ";
                            events.add(
                                    new RollEvent(
                                            Optional.empty(),
                                            all + String.join(", ", words),
                                            false));
                            renew(view.mode(), view.members(), shares);
                        });
    }

    /** Takes in Spark's report that a rank's task has ended, with the reason. */
    public void left(MemberId id, String how, long now) {
        lost(id, how, now);
        tick(now);
    }

    /** Ends the run; its members learn it from the next view. */
    public void end(long now) {
        if (state != State.ENDING && state != State.FAILED) {
            state = State.ENDING;
            renew(View.Mode.END, view.members());
        }
    }

    /** Checks all time limits against the current time. */
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

    /** Decides what to do about broken connections. */
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

    /** Handles a broken connection between two ranks that both still report. */
    private void brokenLink(MemberId accused, MemberId from, long now) {
        int broken = brokenPairs.merge(Set.of(accused, from), 1, Integer::sum);
        if (broken <= 2 * RETRIES) { // both ranks report each break
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
                    "%s. This is loss number %d without a completed step in between, so something in this step kills ranks; the run ends"
                            .formatted(where, lossesHere);
        }
    }

    /** Creates the next view if there is a reason for one. */
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
            progress = -1; // new members may be at any step
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
                    events.add(
                            new RollEvent(Optional.of(member), member + " joins the run", false));
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

    /** The whole state except times. */
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder(state + " " + view + " " + progress + " ");
        known.forEach((id, one) -> all.append(one.last).append(one.complaints.keySet()));
        return all.append(lossesHere).append(brokenPairs).toString();
    }
}
