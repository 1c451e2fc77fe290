package org.minigpt4j.chat;

/**
 * A part of a prompt: a text that is tokenized as a whole, or a picture.
 *
 * @param <P> the type that represents a picture
 */
public sealed interface PromptPart<P> {

    /** A text. */
    record Text<P>(String text) implements PromptPart<P> {}

    /** A picture. */
    record Picture<P>(P picture) implements PromptPart<P> {}
}
