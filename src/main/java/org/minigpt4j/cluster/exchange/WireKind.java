package org.minigpt4j.cluster.exchange;

import org.minigpt4j.cluster.protocol.RankMessage;

import java.util.Optional;

/**
 * The kinds of messages on the wire. The ordinal is the number sent, so the order must not change.
 */
enum WireKind {
    /** "I am still here." */
    PING,
    HELLO,
    SUM,
    STATE,
    LABELS,
    PARTIAL,
    TOTAL,
    /** A request for the state kept after a step. */
    FETCH,
    /** The reply to {@link #FETCH}: that state, or no bytes if the rank does not have it. */
    KEPT;

    private static final WireKind[] ALL = values();

    static Optional<WireKind> of(int number) {
        return number >= 0 && number < ALL.length ? Optional.of(ALL[number]) : Optional.empty();
    }

    static WireKind of(RankMessage.Kind kind) {
        return valueOf(kind.name());
    }

    /** The matching kind of protocol message; empty for kinds that only this package uses. */
    Optional<RankMessage.Kind> ofRanks() {
        return switch (this) {
            case PING, FETCH, KEPT -> Optional.empty();
            default -> Optional.of(RankMessage.Kind.valueOf(name()));
        };
    }
}
