package org.minigpt4j.cluster.protocol;

import java.util.Optional;

/**
 * A change of a run's members, for the log and the terminal.
 *
 * @param member the rank concerned; empty for the run as a whole
 * @param words a sentence that says what happened
 * @param loss whether a rank was lost
 */
public record RollEvent(Optional<Member> member, String words, boolean loss) {}
