package org.minigpt4j.chat;

/**
 * What to answer, and how.
 *
 * @param model who is asked
 * @param prompt as of {@link ChatModel#places}
 * @param steady whether the same order must get the same bits at any time, whatever was kept in
 *     memory; otherwise all that was kept is used
 * @param alternatives likeliest tokens to note at each place; below 0 notes nothing, as beam search
 *     always does
 * @param listener hears the answer grow on the thread that has the model; must be quick
 */
public record Order(
        ChatModel model,
        PromptPlaces prompt,
        ChatSettings settings,
        boolean steady,
        int alternatives,
        AnswerListener listener) {}
