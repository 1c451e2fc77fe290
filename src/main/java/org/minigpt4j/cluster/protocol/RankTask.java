package org.minigpt4j.cluster.protocol;

import java.util.List;

/**
 * What {@link RankMachine} wants of the rank next.
 *
 * @param <P> type of the messages' contents
 */
public sealed interface RankTask<P> {

    /** Nothing: wait for a message or for a newer view. */
    record Wait<P>() implements RankTask<P> {}

    /** Wait as well, between two steps, until the driver makes another view. */
    record Hold<P>() implements RankTask<P> {}

    /** End here. */
    record End<P>() implements RankTask<P> {}

    /** Say how many labels its micro-batches have: {@link RankMachine#labels}. */
    record Labels<P>(int step) implements RankTask<P> {}

    /** Compute its gradients, knowing the labels of all ranks: {@link RankMachine#partials}. */
    record Gradients<P>(int step, List<P> labels) implements RankTask<P> {}

    /** Add up its chunk from all ranks' parts: {@link RankMachine#total}. */
    record Chunk<P>(int step, List<P> parts) implements RankTask<P> {}

    /** Take the sum, whose chunks these are, and update: {@link RankMachine#applied}. */
    record Sum<P>(int step, List<P> chunks) implements RankTask<P> {}

    /** Take a step's sum from a peer that has it, and update: {@link RankMachine#applied}. */
    record TakeSum<P>(int step, P sum) implements RankTask<P> {}

    /** Take the state after a step from a peer: {@link RankMachine#applied}. */
    record TakeState<P>(int step, P state) implements RankTask<P> {}

    /**
     * Give a peer that lacks one step its sum, or the state, if it is not there: {@link
     * RankMachine#giveSum}, {@link RankMachine#giveState}.
     */
    record GiveSum<P>(int step, MemberId to) implements RankTask<P> {}

    /** Give a peer the state after a step: {@link RankMachine#giveState}. */
    record GiveState<P>(int step, MemberId to) implements RankTask<P> {}
}
