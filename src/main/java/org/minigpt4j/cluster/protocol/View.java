package org.minigpt4j.cluster.protocol;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The members of a run from a certain moment on. Only the driver creates views; their numbers
 * increase. A rank acts in the newest view that it knows and ignores messages sent in another one.
 *
 * @param number counts from 1; 0 before the first view
 * @param mode what the members do
 * @param members sorted by slot; the first one reports for the whole run
 * @param shares number of micro-batches per step for each member; empty to divide them evenly
 */
public record View(int number, Mode mode, List<Member> members, List<Integer> shares)
        implements Serializable {

    /** The view before the first one. */
    public static final View NONE = new View(0, Mode.HOLD, List.of());

    /** What the members of a view do. */
    public enum Mode {
        /** Train. */
        RUN,
        /** Wait between two steps because there are too few members. */
        HOLD,
        /** End immediately. */
        END
    }

    /** Sorts the members by slot. */
    public View {
        members = members.stream().sorted(Comparator.comparing(Member::id)).toList();
        shares = List.copyOf(shares);
    }

    /** Creates a view whose members have equal shares. */
    public View(int number, Mode mode, List<Member> members) {
        this(number, mode, members, List.of());
    }

    /** Position of a member in the order of ranks; -1 if it is not in the view. */
    public int rank(MemberId id) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether this life of a rank is in the view. */
    public boolean has(MemberId id) {
        return rank(id) >= 0;
    }

    /** The member that reports for the whole run; empty if there are no members. */
    public Optional<MemberId> voice() {
        return members.stream().findFirst().map(Member::id);
    }

    /** The members other than {@code self}. */
    public List<MemberId> others(MemberId self) {
        return members.stream().map(Member::id).filter(id -> !id.equals(self)).toList();
    }
}
