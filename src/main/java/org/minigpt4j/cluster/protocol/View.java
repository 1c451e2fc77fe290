package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who takes part in a run from now on. The driver alone makes views and numbers them upwards; a
 * rank acts in the newest one that it knows, and what was sent in another one is void.
 *
 * @param number from 1; 0 before the first
 * @param mode what its members do
 * @param members by slot; the first speaks for the run
 * @param shares micro-batches of a step that each member takes; empty for as equal as can be
 */
public record View(int number, Mode mode, List<Member> members, List<Integer> shares)
        implements Serializable {

    /** Before the first. */
    public static final View NONE = new View(0, Mode.HOLD, List.of());

    /** What the members of a view do. */
    public enum Mode {
        /** They train. */
        RUN,
        /** They wait between two steps, because there are too few of them. */
        HOLD,
        /** They end where they are. */
        END
    }

    /** Orders the members by slot. */
    public View {
        members = members.stream().sorted(Comparator.comparing(Member::id)).toList();
        shares = List.copyOf(shares);
    }

    /** A view whose members have equal shares. */
    public View(int number, Mode mode, List<Member> members) {
        this(number, mode, members, List.of());
    }

    /** Position of a member in the order of ranks, or -1. */
    public int rank(MemberId id) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether the life of a rank takes part. */
    public boolean has(MemberId id) {
        return rank(id) >= 0;
    }

    /** Who speaks for the run; nobody where there are no members. */
    public Optional<MemberId> voice() {
        return members.stream().findFirst().map(Member::id);
    }

    /** The members other than {@code self}. */
    public List<MemberId> others(MemberId self) {
        return members.stream().map(Member::id).filter(id -> !id.equals(self)).toList();
    }
}
