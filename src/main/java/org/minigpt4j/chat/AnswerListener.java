package org.minigpt4j.chat;

/** Receives an answer while it is generated, on the generating thread. */
@FunctionalInterface
public interface AnswerListener {

    /** A listener that does nothing. */
    AnswerListener NONE = text -> true;

    /**
     * Called when the answer has grown.
     *
     * @param text all of the answer that is final
     * @return whether to continue generating
     */
    boolean grown(String text);
}
