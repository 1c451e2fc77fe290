package org.minigpt4j.eval.score;

import java.util.List;

/** A question about a picture with people's answers, ten in VQAv2. */
public record VqaQuestion(
        String id, String questionType, String answerType, List<VqaAnswer> answers) {

    /** Requires at least one answer. */
    public VqaQuestion {
        answers = List.copyOf(answers);
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("no answer to question " + id);
        }
    }
}
