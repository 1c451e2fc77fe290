package org.minigpt4j.eval.answer;

import java.io.IOException;
import java.util.List;

/**
 * A question about one picture.
 *
 * @param id of the question; the picture's id if the task has one question per picture
 * @param picture reads the picture's file
 * @param text the whole prompt
 * @param choices the answers to choose from; empty if the model writes its own
 * @param references people's answers, for the report
 */
public record Question(
        String id, Picture picture, String text, List<String> choices, List<String> references) {

    /** Reads a picture's file. */
    public interface Picture {
        byte[] read() throws IOException;
    }

    /** Copies the lists. */
    public Question {
        choices = List.copyOf(choices);
        references = List.copyOf(references);
    }
}
