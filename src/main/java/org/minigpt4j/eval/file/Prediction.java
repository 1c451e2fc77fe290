package org.minigpt4j.eval.file;

/**
 * What a model said.
 *
 * @param id of the image or the question
 * @param text the caption or the answer
 * @param place where it stands, for messages
 */
public record Prediction(String id, String text, String place) {}
