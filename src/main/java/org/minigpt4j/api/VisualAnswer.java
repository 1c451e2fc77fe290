package org.minigpt4j.api;

/**
 * A model's answer.
 *
 * @param text the answer
 * @param complete false if the answer reached the token limit
 * @param tokens number of generated tokens
 */
public record VisualAnswer(String text, boolean complete, int tokens) {}
