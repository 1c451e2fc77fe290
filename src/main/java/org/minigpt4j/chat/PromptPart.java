package org.minigpt4j.chat;

/**
 * A piece of a prompt: text to be tokenized as one run, or a picture.
 *
 * @param <P> what stands for a picture
 */
public sealed interface PromptPart<P> {

    /** A run of text. */
    record Text<P>(String text) implements PromptPart<P> {}

    /** A picture's place. */
    record Picture<P>(P picture) implements PromptPart<P> {}
}
