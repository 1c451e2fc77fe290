package org.minigpt4j.eval.answer;

import java.io.IOException;
import java.util.List;

/**
 * What is asked about one picture.
 *
 * @param id of the question, or of the picture where that is all there is to ask about
 * @param picture reads the picture's file
 * @param text the whole prompt
 * @param choices the answers to choose from; empty where the model writes its own
 * @param references what people said, for the report
 */
public record Question(
        String id, Picture picture, String text, List<String> choices, List<String> references) {

    /** A picture's file. */
    public interface Picture {
        byte[] read() throws IOException;
    }

    /** Copies its lists. */
    public Question {
        choices = List.copyOf(choices);
        references = List.copyOf(references);
    }
}
