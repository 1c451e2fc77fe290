package org.minigpt4j.cluster.protocol;

import org.minigpt4j.cluster.protocol.RankMessage.Kind;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a rank goes through the steps of a run together with others that may be lost at any moment.
 * This is the protocol alone: it neither waits nor sends, so that tests can put every order of
 * messages and faults to it.
 *
 * <h2>A step</h2>
 *
 * Every rank has the state after the same step and knows the order of all micro-batches. A step has
 * three rounds, in each of which every member of the view sends one message to every other and
 * waits for one from each: {@code LABELS}, {@code PARTIAL} (a chunk of its gradients for the rank
 * that owns the chunk) and {@code TOTAL} (the sum of the own chunk). Nobody can finish a step
 * without a word from every member in every round. So in one view no two ranks are ever more than
 * one step apart.
 *
 * <h2>A fault</h2>
 *
 * The driver makes the next view. A rank that hears of it drops what is in the making, says {@code
 * HELLO} with the number of steps whose result it has, and waits for the same from each member.
 * Then all know the newest step and the first rank that has it. That rank gives it away: its sum to
 * those that were about to have it, the whole state to those who are further back or new. From
 * there the next step continues among the members of the new view, who share out all micro-batches
 * again. What a member has computed of that step stays good, because neither the state nor a
 * micro-batch depends on who takes part.
 *
 * <h2>Why there is one sum</h2>
 *
 * A step's sum is a function of the state before it and of all micro-batches in one order. It does
 * not matter which ranks made it, as long as they had the same state and each micro-batch was taken
 * once. The first holds by induction. The second holds because members of one view agree on who
 * takes what, and a message of another view is never used. A rank that was stopped and wakes up
 * later is in an old view; nobody answers it there, so it can at most finish the one step in which
 * it was stopped, with the same sum.
 *
 * @param <P> type of the messages' contents, which are handed through unread
 */
public final class RankMachine<P> {

    /** Messages of one peer that may wait for a view or a step to come. */
    private static final int EARLY = 64;

    /**
     * A message and who is to have it.
     *
     * @param <P> type of the content
     */
    public record Envelope<P>(MemberId to, RankMessage<P> message) {}

    private enum Stage {
        LEVEL,
        GIVE,
        TAKE,
        LABELS,
        GRADIENTS,
        PARTIAL,
        TOTAL
    }

    private final MemberId self;
    private final int last;
    private final Deque<Envelope<P>> out = new ArrayDeque<>();
    private final Deque<RankTask<P>> gifts = new ArrayDeque<>();
    private final Map<MemberId, Integer> hellos = new TreeMap<>();
    private final Map<Kind, Map<MemberId, P>> rounds = new EnumMap<>(Kind.class);
    private final Map<MemberId, List<RankMessage<P>>> early = new TreeMap<>();
    private RankMessage<P> gift;
    private View view = View.NONE;
    private Stage stage = Stage.LEVEL;
    private int step;
    private int newest;

    /**
     * A rank that has the state after {@code step} steps.
     *
     * @param last steps of the whole run
     */
    public RankMachine(MemberId self, int step, int last) {
        this.self = self;
        this.step = step;
        this.last = last;
    }

    /** Steps whose result this rank has. */
    public int step() {
        return step;
    }

    /** The view in which it acts. */
    public View view() {
        return view;
    }

    /** Whether a peer has spoken of a newer view than this rank has been told of. */
    public boolean isBehind() {
        return newest > view.number();
    }

    /** Whether the run's last step is done, after which only gifts are asked for. */
    public boolean isFinished() {
        return step >= last;
    }

    /** Removes and returns the messages to send, in order. */
    public List<Envelope<P>> takeOutgoing() {
        List<Envelope<P>> taken = List.copyOf(out);
        out.clear();
        return taken;
    }

    /**
     * A message came.
     *
     * @return false if no peer that keeps to the protocol would have sent it
     */
    public boolean arrived(RankMessage<P> message) {
        newest = Math.max(newest, message.view());
        if (message.view() < view.number()) {
            return true; // of a view that is over
        }
        if (message.view() > view.number()) {
            return keep(message);
        }
        if (!view.has(message.from()) || message.from().equals(self)) {
            return false;
        }
        return switch (message.kind()) {
            case HELLO -> hellos.putIfAbsent(message.from(), message.step()) == null;
            case SUM, STATE -> {
                boolean first = gift == null;
                gift = message;
                yield first;
            }
            case LABELS, PARTIAL, TOTAL -> {
                if (message.step() == step + 1 && stage.compareTo(Stage.TAKE) > 0) {
                    var round = rounds.computeIfAbsent(message.kind(), kind -> new TreeMap<>());
                    yield round.putIfAbsent(message.from(), message.payload()) == null;
                }
                yield message.step() > step && keep(message);
            }
        };
    }

    private boolean keep(RankMessage<P> message) {
        var kept = early.computeIfAbsent(message.from(), from -> new ArrayList<>());
        // Nothing of a view is of use once the same peer has sent something of a newer one.
        kept.removeIf(before -> before.view() < message.view());
        kept.add(message);
        return kept.size() <= EARLY;
    }

    /** Takes up what came before it could be used. */
    private void replay() {
        List<RankMessage<P>> again = new ArrayList<>();
        early.values().forEach(again::addAll);
        early.clear();
        again.forEach(this::arrived);
    }

    /**
     * What to do next. It acts in {@code known}, the newest view that the driver has told of, as
     * soon as no step's sum is at hand any more.
     */
    public RankTask<P> next(View known) {
        if (stage == Stage.TOTAL && isComplete(Kind.TOTAL)) {
            return new RankTask.Sum<>(step + 1, inOrder(Kind.TOTAL));
        }
        if (known.number() > view.number()) {
            enter(known);
        }
        if (view.mode() == View.Mode.END) {
            return new RankTask.End<>();
        }
        if (!view.has(self)) {
            return new RankTask.Wait<>();
        }
        return switch (stage) {
            case LEVEL -> level();
            case GIVE -> gifts.isEmpty() ? begin() : gifts.peek();
            case TAKE -> take();
            case LABELS -> {
                boolean mine = round(Kind.LABELS).containsKey(self);
                if (!mine) {
                    yield new RankTask.Labels<>(step + 1);
                }
                if (isComplete(Kind.LABELS)) {
                    stage = Stage.GRADIENTS;
                    yield new RankTask.Gradients<>(step + 1, inOrder(Kind.LABELS));
                }
                yield new RankTask.Wait<>();
            }
            case GRADIENTS -> new RankTask.Gradients<>(step + 1, inOrder(Kind.LABELS));
            case PARTIAL ->
                    isComplete(Kind.PARTIAL)
                            ? new RankTask.Chunk<>(step + 1, inOrder(Kind.PARTIAL))
                            : new RankTask.Wait<>();
            case TOTAL -> new RankTask.Wait<>();
        };
    }

    private void enter(View known) {
        view = known;
        newest = Math.max(newest, known.number());
        stage = Stage.LEVEL;
        hellos.clear();
        rounds.clear();
        gifts.clear();
        gift = null;
        if (view.has(self)) {
            toOthers(Kind.HELLO, step, null);
        }
        replay();
    }

    private RankTask<P> level() {
        if (hellos.size() < view.members().size() - 1) {
            return new RankTask.Wait<>();
        }
        int newestStep = Math.max(step, hellos.values().stream().mapToInt(n -> n).max().orElse(0));
        if (step < newestStep) {
            stage = Stage.TAKE;
            return take();
        }
        MemberId giver =
                view.members().stream()
                        .map(Member::id)
                        .filter(id -> id.equals(self) || hellos.get(id) == newestStep)
                        .findFirst()
                        .orElseThrow();
        if (giver.equals(self)) {
            hellos.forEach(
                    (peer, done) -> {
                        if (done == step - 1) {
                            gifts.add(new RankTask.GiveSum<>(step, peer));
                        } else if (done < step) {
                            gifts.add(new RankTask.GiveState<>(step, peer));
                        }
                    });
        }
        stage = Stage.GIVE;
        return next(view);
    }

    private RankTask<P> take() {
        if (gift == null) {
            return new RankTask.Wait<>();
        }
        return gift.kind() == Kind.SUM
                ? new RankTask.TakeSum<>(gift.step(), gift.payload())
                : new RankTask.TakeState<>(gift.step(), gift.payload());
    }

    private RankTask<P> begin() {
        if (view.mode() == View.Mode.HOLD || isFinished()) {
            return new RankTask.Hold<>();
        }
        stage = Stage.LABELS;
        rounds.clear();
        replay();
        return next(view);
    }

    /** Answers {@link RankTask.Labels}. */
    public void labels(P labels) {
        round(Kind.LABELS).put(self, labels);
        toOthers(Kind.LABELS, step + 1, labels);
    }

    /**
     * Answers {@link RankTask.Gradients}.
     *
     * @param parts for each member in the order of ranks, its chunk of this rank's gradients
     */
    public void partials(List<P> parts) {
        stage = Stage.PARTIAL;
        for (int i = 0; i < parts.size(); i++) {
            MemberId to = view.members().get(i).id();
            if (to.equals(self)) {
                round(Kind.PARTIAL).put(self, parts.get(i));
            } else {
                send(to, Kind.PARTIAL, step + 1, parts.get(i));
            }
        }
    }

    /** Answers {@link RankTask.Chunk}. */
    public void total(P chunk) {
        stage = Stage.TOTAL;
        round(Kind.TOTAL).put(self, chunk);
        toOthers(Kind.TOTAL, step + 1, chunk);
    }

    /** Answers the tasks that take something: the rank now has the state after {@code done}. */
    public void applied(int done) {
        step = done;
        gift = null;
        // Those who were given something are as far as the giver, so all of the view go on.
        stage = Stage.GIVE;
        rounds.clear();
        gifts.clear();
    }

    /** Answers {@link RankTask.GiveSum}. */
    public void giveSum(P sum) {
        send(((RankTask.GiveSum<P>) gifts.remove()).to(), Kind.SUM, step, sum);
    }

    /** Answers {@link RankTask.GiveState}, or {@link RankTask.GiveSum} where there is no sum. */
    public void giveState(P state) {
        RankTask<P> asked = gifts.remove();
        MemberId to =
                asked instanceof RankTask.GiveSum<P> sum
                        ? sum.to()
                        : ((RankTask.GiveState<P>) asked).to();
        send(to, Kind.STATE, step, state);
    }

    private Map<MemberId, P> round(Kind kind) {
        return rounds.computeIfAbsent(kind, k -> new TreeMap<>());
    }

    private boolean isComplete(Kind kind) {
        return round(kind).size() == view.members().size();
    }

    private List<P> inOrder(Kind kind) {
        return List.copyOf(round(kind).values()); // by member, as ranks are ordered
    }

    private void toOthers(Kind kind, int about, P payload) {
        view.others(self).forEach(to -> send(to, kind, about, payload));
    }

    private void send(MemberId to, Kind kind, int about, P payload) {
        out.add(new Envelope<>(to, new RankMessage<>(kind, view.number(), about, self, payload)));
    }

    /** All of its state: equal texts, equal behaviour. */
    @Override
    public String toString() {
        return "%s step %s view %s newest %s %s hellos %s %s early %s gift %s gifts %s out %s"
                .formatted(
                        self, step, view, newest, stage, hellos, rounds, early, gift, gifts, out);
    }
}
