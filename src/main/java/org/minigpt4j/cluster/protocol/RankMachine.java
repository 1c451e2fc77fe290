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
 * How a rank goes through the steps of a run together with other ranks, any of which may be lost at
 * any moment. This class is the protocol alone: it neither waits nor sends, so tests can try every
 * order of messages and faults.
 *
 * <h2>A step</h2>
 *
 * Every rank has the state after the same step and knows the order of all micro-batches. A step has
 * three rounds. In each, every member of the view sends one message to every other member and waits
 * for one from each: {@code LABELS}, {@code PARTIAL} (a chunk of its gradients, sent to the rank
 * that owns the chunk) and {@code TOTAL} (the sum of the sender's own chunk). No rank can finish a
 * step without a message from every member in every round. So within one view, two ranks are never
 * more than one step apart.
 *
 * <h2>A fault</h2>
 *
 * The driver creates the next view. A rank that receives it abandons the unfinished step, sends
 * {@code HELLO} with its number of completed steps, and waits for the same from each member. Then
 * all know the newest completed step and the first rank that has it. That rank shares it: it sends
 * the step's sum to ranks that are one step back, and the whole state to ranks that are further
 * back or new. The members of the new view then divide all micro-batches of the next step again and
 * continue. Gradients that a member has already computed for that step stay valid, because neither
 * the state nor a micro-batch depends on the members.
 *
 * <h2>Why there is one sum</h2>
 *
 * A step's sum is a function of the state before it and of all micro-batches in a fixed order. It
 * does not matter which ranks compute it, as long as they have the same state and each micro-batch
 * is used once. The first condition holds by induction. The second holds because the members of a
 * view agree on the division of micro-batches, and a message from another view is never used. A
 * rank that was suspended and wakes up later is in an old view, where no member answers it. So it
 * can finish at most the step in which it was suspended, with the same sum.
 *
 * @param <P> type of the messages' contents, which this class never reads
 */
public final class RankMachine<P> {

    /** The most messages of one peer that may wait for a later view or step. */
    private static final int EARLY = 64;

    /**
     * A message and its receiver.
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
     * Starts with the state after {@code step} steps.
     *
     * @param last number of steps in the whole run
     */
    public RankMachine(MemberId self, int step, int last) {
        this.self = self;
        this.step = step;
        this.last = last;
    }

    /** Number of steps whose result this rank has. */
    public int step() {
        return step;
    }

    /** The view that this rank is in. */
    public View view() {
        return view;
    }

    /** Whether a peer's message came from a newer view than the one this rank is in. */
    public boolean isBehind() {
        return newest > view.number();
    }

    /**
     * Whether the run's last step is done. After it, the rank only sends sums and states to others.
     */
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
     * Takes in a message.
     *
     * @return false if the message breaks the protocol
     */
    public boolean arrived(RankMessage<P> message) {
        newest = Math.max(newest, message.view());
        if (message.view() < view.number()) {
            return true; // from an earlier view: ignored
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
        // Once a peer has sent a message of a newer view, its messages of older views are useless.
        kept.removeIf(before -> before.view() < message.view());
        kept.add(message);
        return kept.size() <= EARLY;
    }

    /** Takes in again the messages that arrived too early. */
    private void replay() {
        List<RankMessage<P>> again = new ArrayList<>();
        early.values().forEach(again::addAll);
        early.clear();
        again.forEach(this::arrived);
    }

    /**
     * What to do next. If the sum of a step is complete, that is taken first; otherwise the rank
     * enters {@code known}, the newest view received from the driver.
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

    /**
     * Answers {@link RankTask.Sum}, {@link RankTask.TakeSum} and {@link RankTask.TakeState}: the
     * rank now has the state after {@code done} steps.
     */
    public void applied(int done) {
        step = done;
        gift = null;
        // Ranks that took a gift are as far as the giver, so the whole view continues.
        stage = Stage.GIVE;
        rounds.clear();
        gifts.clear();
    }

    /** Answers {@link RankTask.GiveSum}. */
    public void giveSum(P sum) {
        send(((RankTask.GiveSum<P>) gifts.remove()).to(), Kind.SUM, step, sum);
    }

    /**
     * Answers {@link RankTask.GiveState}, or {@link RankTask.GiveSum} if the sum is not available.
     */
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
        return List.copyOf(round(kind).values()); // sorted by member, which is the order of ranks
    }

    private void toOthers(Kind kind, int about, P payload) {
        view.others(self).forEach(to -> send(to, kind, about, payload));
    }

    private void send(MemberId to, Kind kind, int about, P payload) {
        out.add(new Envelope<>(to, new RankMessage<>(kind, view.number(), about, self, payload)));
    }

    /** The whole state: machines with equal texts behave the same. */
    @Override
    public String toString() {
        return "%s step %s view %s newest %s %s hellos %s %s early %s gift %s gifts %s out %s"
                .formatted(
                        self, step, view, newest, stage, hellos, rounds, early, gift, gifts, out);
    }
}
