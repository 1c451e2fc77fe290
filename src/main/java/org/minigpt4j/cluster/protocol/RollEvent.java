package org.minigpt4j.cluster.protocol;

import java.util.Optional;

/**
 * A change of who takes part, for log and terminal.
 *
 * @param member whom it is about; absent for the run as a whole
 * @param words what happened, a sentence
 * @param loss whether a rank was lost
 */
public record RollEvent(Optional<Member> member, String words, boolean loss) {}
