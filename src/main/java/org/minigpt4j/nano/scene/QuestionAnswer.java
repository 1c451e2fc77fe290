package org.minigpt4j.nano.scene;

/**
 * A question about a scene and its true answer.
 *
 * @param kind what is asked for
 */
public record QuestionAnswer(QuestionKind kind, String question, String answer) {}
