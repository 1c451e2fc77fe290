package org.minigpt4j.cluster.protocol;

/**
 * A message from one rank to another.
 *
 * @param kind the kind of message
 * @param view number of the view in which it was sent
 * @param step the step in progress; for {@code HELLO}, {@code SUM} and {@code STATE} the last
 *     completed step
 * @param from the sender
 * @param payload its content; null for {@code HELLO}
 * @param <P> type of the content
 */
public record RankMessage<P>(Kind kind, int view, int step, MemberId from, P payload) {

    /** The kinds of messages, in the order of their use. */
    public enum Kind {
        /** "I am in this view and have completed this many steps." */
        HELLO,
        /** The sum of a step, for a rank that lacks only this step. */
        SUM,
        /** The whole state after a step, for a rank that is further back. */
        STATE,
        /** Number of labels in each of the sender's micro-batches. */
        LABELS,
        /** The receiver's chunk of the sender's gradients. */
        PARTIAL,
        /** The sender's chunk of the sum over all ranks. */
        TOTAL
    }
}
