package org.minigpt4j.chat;

/** Hears an answer while it is written, on the thread that writes it. */
@FunctionalInterface
public interface AnswerListener {

    /** Hears nothing. */
    AnswerListener NONE = text -> true;

    /**
     * The answer has grown.
     *
     * @param text all of it that cannot change any more
     * @return whether to go on
     */
    boolean grown(String text);
}
