package org.minigpt4j.chat;

/**
 * A model's answer.
 *
 * @param text the answer
 * @param end why it ends
 * @param promptTokens number of positions in the prompt, including those of pictures
 * @param keptTokens number of these that were in the cache and not read again
 * @param newTokens number of generated tokens, including the one that ended the answer
 */
public record Answer(String text, End end, int promptTokens, int keptTokens, int newTokens) {

    /** The reason why an answer ends. */
    public enum End {
        /** The model ended it. */
        STOP,
        /** It reached the limit of new tokens. */
        LENGTH,
        /** The listener cancelled it. */
        CANCELLED
    }
}
