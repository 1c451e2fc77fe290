package org.minigpt4j.nano.scene;

/** A question about a scene and its true answer. */
public record QuestionAnswer(String question, String answer) {}
