package org.minigpt4j.nano;

/** A question about a scene and its true answer. */
public record Exchange(String question, String answer) {}
