package org.minigpt4j.api;

/**
 * What the model said.
 *
 * @param complete false if it reached the limit of tokens
 * @param tokens how many were generated
 */
public record VisualAnswer(String text, boolean complete, int tokens) {}
