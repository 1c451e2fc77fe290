package org.minigpt4j.cluster.protocol;

/**
 * What a rank sends to another.
 *
 * @param kind what it is
 * @param view in which it was sent
 * @param step what it is about: the step in the making, or for {@code HELLO}, {@code SUM} and
 *     {@code STATE} the last one that is done
 * @param from who sent it
 * @param payload its content; null for {@code HELLO}
 * @param <P> type of the content
 */
public record RankMessage<P>(Kind kind, int view, int step, MemberId from, P payload) {

    /** Kinds of messages, in the order in which a step needs them. */
    public enum Kind {
        /** "I am in this view and have done so many steps." */
        HELLO,
        /** The sum of a step, for a rank that lacks it alone. */
        SUM,
        /** The whole state after a step, for a rank that lacks more. */
        STATE,
        /** Labels of the sender's micro-batches. */
        LABELS,
        /** The receiver's chunk of the sender's gradients. */
        PARTIAL,
        /** The sender's chunk of the sum of all. */
        TOTAL
    }
}
