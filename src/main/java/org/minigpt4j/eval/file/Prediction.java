package org.minigpt4j.eval.file;

/**
 * A model's caption or answer.
 *
 * @param id of the image or the question
 * @param text the caption or the answer
 * @param place file and entry, for messages
 */
public record Prediction(String id, String text, String place) {}
