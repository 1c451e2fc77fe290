package org.minigpt4j.train;

import org.minigpt4j.checkpoint.StateBytes;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.Phase;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankPace;
import org.minigpt4j.cluster.protocol.RankTask;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.data.order.RankShare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The reducer of one rank among several hosts. It carries out the tasks of a {@link RankMachine}:
 * it loads and computes this rank's micro-batches, sends chunks of the partial sums to the ranks
 * that add them up, and sends its state to ranks that join. If a rank is lost, the others take over
 * its micro-batches and the step continues.
 */
public final class HostReducer implements GradientReducer {

    private static final long LOOK_EVERY_MILLIS = 100;

    private final MemberId self;
    private final int microBatches;
    private final RankMachine<byte[]> machine;
    private final PeerExchange exchange;
    private final RankLink link;
    private final List<StepBytes.Figures> figures = new ArrayList<>();
    private int[] labels = {};
    private byte[] lastSum;
    private Optional<TrainState> taken = Optional.empty();
    private Consumer<TrainState> onHold = state -> {};
    private final StepTimes.Clock clock = new StepTimes.Clock();
    private double dataSeconds;
    private int devices = 1;
    private boolean half;
    private boolean held;

    /**
     * Creates the reducer of a rank that sends messages through {@code exchange} and gets its views
     * from {@code link}.
     */
    public HostReducer(
            MemberId self,
            int microBatches,
            RankMachine<byte[]> machine,
            PeerExchange exchange,
            RankLink link) {
        this.self = self;
        this.microBatches = microBatches;
        this.machine = machine;
        this.exchange = exchange;
        this.link = link;
    }

    @Override
    public RankShare share() {
        View view = machine.view();
        int rank = view.rank(self);
        if (rank < 0) {
            return new RankShare(0, 1, microBatches);
        }
        return view.shares().isEmpty()
                ? new RankShare(rank, view.members().size(), microBatches)
                : new RankShare(rank, view.shares());
    }

    /**
     * The state received from a peer, if that is why the loop ended; the loop must then start over
     * from it.
     */
    public Optional<TrainState> taken() {
        return taken;
    }

    @Override
    public Optional<StepSum> sum(StepWork work) throws InterruptedException {
        taken = Optional.empty();
        int begun = 0;
        while (true) {
            RankTask<byte[]> task = machine.next(link.view());
            if (task instanceof RankTask.Labels<byte[]>) {
                doing(Phase.DATA);
                begun++;
                clock.lap();
                machine.labels(StepBytes.ofLabels(work.labels(share())));
                dataSeconds = clock.lap();
            } else if (task instanceof RankTask.Gradients<byte[]> known) {
                doing(Phase.COMPUTING);
                labels = StepBytes.labels(known.labels(), microBatches);
                clock.lap();
                List<Replica.Result> results = work.results(share(), labels);
                measured(known.step(), begun, clock.lap());
                machine.partials(StepBytes.parts(share(), results, work.work(share()), half));
            } else if (task instanceof RankTask.Chunk<byte[]> parts) {
                doing(Phase.REDUCING);
                int length = work.state().trainable().values().length;
                machine.total(StepBytes.total(share(), parts.parts(), length, half, figures));
            } else if (task instanceof RankTask.Sum<byte[]> sum) {
                return applied(sum.step(), StepBytes.whole(figures, labels, sum.chunks()), work);
            } else if (task instanceof RankTask.TakeSum<byte[]> sum) {
                return applied(sum.step(), sum.sum(), work);
            } else if (task instanceof RankTask.TakeState<byte[]> state) {
                taken = Optional.of(StateBytes.decode(state.state()));
                lastSum = null;
                machine.applied(state.step());
                return Optional.empty();
            } else if (task instanceof RankTask.End<byte[]>) {
                onHold.accept(work.state());
                return Optional.empty();
            } else {
                idle(task, work::state);
            }
            flush();
        }
    }

    /**
     * Reports the pace, unless the step was restarted: then its parts were computed separately and
     * the time is meaningless.
     */
    private void measured(int step, int begun, double computeSeconds) {
        if (begun == 1) {
            link.took(new RankPace(step, share().count(), devices, dataSeconds, computeSeconds));
        }
    }

    private Optional<StepSum> applied(int step, byte[] whole, StepWork work) {
        StepSum sum = StepBytes.sum(whole, work.state().trainable(), half);
        lastSum = whole;
        machine.applied(step);
        doing(Phase.DATA);
        return Optional.of(sum);
    }

    /**
     * After the last step, stays available until the driver ends the run, because a rank that has
     * not finished may need the last sum.
     */
    public void finish(Supplier<TrainState> state) throws InterruptedException {
        doing(Phase.WAITING);
        while (true) {
            RankTask<byte[]> task = machine.next(link.view());
            if (task instanceof RankTask.End<byte[]>) {
                return;
            }
            idle(task, state);
            flush();
        }
    }

    /** Handles a task between two steps: sends state to another rank, or waits. */
    private void idle(RankTask<byte[]> task, Supplier<TrainState> state)
            throws InterruptedException {
        if (task instanceof RankTask.GiveSum<byte[]> && lastSum != null) {
            machine.giveSum(lastSum);
        } else if (task instanceof RankTask.GiveSum<byte[]>
                || task instanceof RankTask.GiveState<byte[]>) {
            machine.giveState(StateBytes.encode(state.get()));
        } else {
            if (task instanceof RankTask.Hold<byte[]> && !held) {
                doing(Phase.WAITING);
                onHold.accept(state.get());
            }
            held = task instanceof RankTask.Hold<byte[]>;
            flush();
            if (machine.isBehind()) {
                link.hurry();
            }
            exchange.await(LOOK_EVERY_MILLIS)
                    .filter(message -> !machine.arrived(message))
                    .ifPresent(
                            message ->
                                    exchange.drop(
                                            message.from(),
                                            "unexpected message %s of view %d, step %d"
                                                    .formatted(
                                                            message.kind(),
                                                            message.view(),
                                                            message.step())));
        }
    }

    /** Sets the number of devices that share this rank's micro-batches; the default is one. */
    public HostReducer optDevices(int count) {
        devices = count;
        return this;
    }

    /** Sets whether gradients are sent in bf16; the default is fp32. */
    public HostReducer optHalf(boolean bf16) {
        half = bf16;
        return this;
    }

    /** Sets the consumer of the state when the run pauses for lack of ranks, or ends. */
    public HostReducer onHold(Consumer<TrainState> keep) {
        onHold = keep;
        return this;
    }

    private void flush() {
        machine.takeOutgoing().forEach(one -> exchange.send(one.to(), one.message()));
    }

    private void doing(Phase phase) {
        link.doing(machine.step(), phase);
    }
}
