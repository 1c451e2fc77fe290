package org.minigpt4j.eval.file;

/**
 * A line of a POPE file: a question whether an object is in a picture.
 *
 * @param id empty if the file gives none
 * @param question empty if the file gives none
 * @param image file name of the picture; empty if the file gives none
 * @param part the set that it belongs to, such as {@code adversarial}; empty for none
 * @param text the label or a model's answer
 * @param place file and line, for messages
 */
public record PopeLine(
        String id, String question, String image, String part, String text, String place) {}
