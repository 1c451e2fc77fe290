package org.minigpt4j.eval.score;

/**
 * One person's answer to a question.
 *
 * @param text the answer as in the file
 * @param rest the other members of its record, in a form that is equal for equal records; two
 *     answers count as the same person's only if these are equal too
 */
public record VqaAnswer(String text, String rest) {}
