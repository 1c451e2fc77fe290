package org.minigpt4j.eval.answer;

import org.minigpt4j.eval.ScoreSheet;

import java.util.List;
import java.util.Map;

/**
 * Questions, and how their answers are scored.
 *
 * @param of how many questions the data has; more than are asked where only a part is
 * @param main the figure of each answer that says most
 * @param whole the same of all answers
 * @param scoring of the answers by the question's id, every question answered
 */
public record QuestionSet(
        List<Question> questions, int of, String main, String whole, Scoring scoring) {

    /** Scores answers. */
    public interface Scoring {
        ScoreSheet scores(Map<String, Given> answers);
    }

    /** Whether a lower figure is the better one. */
    boolean lowerIsBetter() {
        return main.equals(LongAnswers.FAILURES);
    }

    /** Copies its list. */
    public QuestionSet {
        questions = List.copyOf(questions);
    }
}
