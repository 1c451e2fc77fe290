package org.minigpt4j.eval.score;

import java.util.List;

/** A question about a picture and what people answered, ten of them in VQAv2. */
public record VqaQuestion(
        String id, String questionType, String answerType, List<VqaAnswer> answers) {

    /** A question with at least one answer. */
    public VqaQuestion {
        answers = List.copyOf(answers);
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("no answer to question " + id);
        }
    }
}
