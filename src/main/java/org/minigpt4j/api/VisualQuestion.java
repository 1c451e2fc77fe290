package org.minigpt4j.api;

import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A question about a picture.
 *
 * @param picture a JPEG, PNG or WebP file
 */
public record VisualQuestion(byte[] picture, String question) {

    /**
     * A question about the picture in a file.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if the file cannot be read
     */
    public static VisualQuestion of(Path picture, String question) {
        try {
            return new VisualQuestion(Files.readAllBytes(picture), question);
        } catch (IOException e) {
            throw ReadFailure.of(picture, e);
        }
    }
}
