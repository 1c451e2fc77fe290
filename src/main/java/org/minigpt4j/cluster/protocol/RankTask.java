package org.minigpt4j.cluster.protocol;

import java.util.List;

/**
 * What {@link RankMachine} asks the rank to do next.
 *
 * @param <P> type of the messages' contents
 */
public sealed interface RankTask<P> {

    /** Wait for a message or a newer view. */
    record Wait<P>() implements RankTask<P> {}

    /** Wait between two steps until the driver creates another view. */
    record Hold<P>() implements RankTask<P> {}

    /** End the run. */
    record End<P>() implements RankTask<P> {}

    /** Count the labels of its own micro-batches, then call {@link RankMachine#labels}. */
    record Labels<P>(int step) implements RankTask<P> {}

    /**
     * Compute its gradients, given the labels of all ranks, then call {@link RankMachine#partials}.
     */
    record Gradients<P>(int step, List<P> labels) implements RankTask<P> {}

    /** Add up its own chunk from all ranks' parts, then call {@link RankMachine#total}. */
    record Chunk<P>(int step, List<P> parts) implements RankTask<P> {}

    /**
     * Update the weights with the sum made of these chunks, then call {@link RankMachine#applied}.
     */
    record Sum<P>(int step, List<P> chunks) implements RankTask<P> {}

    /**
     * Update the weights with a sum received from a peer, then call {@link RankMachine#applied}.
     */
    record TakeSum<P>(int step, P sum) implements RankTask<P> {}

    /** Load the state received from a peer, then call {@link RankMachine#applied}. */
    record TakeState<P>(int step, P state) implements RankTask<P> {}

    /**
     * Send the step's sum to a peer that is one step back with {@link RankMachine#giveSum}; if the
     * sum is not available, send the state with {@link RankMachine#giveState}.
     */
    record GiveSum<P>(int step, MemberId to) implements RankTask<P> {}

    /** Send the state after a step to a peer with {@link RankMachine#giveState}. */
    record GiveState<P>(int step, MemberId to) implements RankTask<P> {}
}
