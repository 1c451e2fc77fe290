package org.minigpt4j.chat;

/**
 * A request for an answer.
 *
 * @param model the model that answers
 * @param prompt a prompt from {@link ChatModel#places}
 * @param steady whether the answer must be bit-identical whatever the cache contains; if false, as
 *     much of the cache as possible is used
 * @param alternatives number of most likely tokens to record at each position; a negative number
 *     records nothing, and beam search never does
 * @param listener receives the growing answer on the model's thread; must return quickly
 */
public record Order(
        ChatModel model,
        PromptPlaces prompt,
        ChatSettings settings,
        boolean steady,
        int alternatives,
        AnswerListener listener) {}
