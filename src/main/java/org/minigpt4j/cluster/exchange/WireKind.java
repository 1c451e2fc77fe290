package org.minigpt4j.cluster.exchange;

import org.minigpt4j.cluster.protocol.RankMessage;

import java.util.Optional;

/** What a message on the wire is; its place here is its number there. */
enum WireKind {
    /** "I am still here." */
    PING,
    HELLO,
    SUM,
    STATE,
    LABELS,
    PARTIAL,
    TOTAL,
    /** The driver wants the state that was kept after a step. */
    FETCH,
    /** That state; empty if it is not there. */
    KEPT;

    private static final WireKind[] ALL = values();

    static Optional<WireKind> of(int number) {
        return number >= 0 && number < ALL.length ? Optional.of(ALL[number]) : Optional.empty();
    }

    static WireKind of(RankMessage.Kind kind) {
        return valueOf(kind.name());
    }

    /** The kind of a rank's message; empty if it is not one of the protocol's. */
    Optional<RankMessage.Kind> ofRanks() {
        return switch (this) {
            case PING, FETCH, KEPT -> Optional.empty();
            default -> Optional.of(RankMessage.Kind.valueOf(name()));
        };
    }
}
