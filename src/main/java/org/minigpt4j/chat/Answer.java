package org.minigpt4j.chat;

/**
 * What the model said.
 *
 * @param text the answer
 * @param end why it ends
 * @param promptTokens places of the prompt, pictures' places among them
 * @param keptTokens how many of these were known from the turn before and not read again
 * @param newTokens generated tokens, the one that ended the answer among them
 */
public record Answer(String text, End end, int promptTokens, int keptTokens, int newTokens) {

    /** Why an answer ends. */
    public enum End {
        /** The model ended it. */
        STOP,
        /** It reached the limit of new tokens. */
        LENGTH,
        /** Whoever listened had enough. */
        CANCELLED
    }
}
