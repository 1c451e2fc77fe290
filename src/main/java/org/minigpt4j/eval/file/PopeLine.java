package org.minigpt4j.eval.file;

/**
 * A question whether an object is in a picture.
 *
 * @param id empty where the file gives none
 * @param question empty where the file gives none
 * @param image file name of the picture; empty where the file gives none
 * @param part which of several sets it belongs to: {@code adversarial}; empty for none
 * @param text the label, or a model's answer
 * @param place where it stands, for messages
 */
public record PopeLine(
        String id, String question, String image, String part, String text, String place) {}
