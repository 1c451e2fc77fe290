package org.minigpt4j.eval.answer;

import org.minigpt4j.eval.ScoreSheet;

import java.util.List;
import java.util.Map;

/**
 * Questions, and how their answers are scored.
 *
 * @param of how many questions the data has; more than are asked where only a part is
 * @param main the figure that says most, per answer and of all
 * @param scoring of the answers by the question's id, every question answered
 */
public record QuestionSet(List<Question> questions, int of, String main, Scoring scoring) {

    /** Scores answers. */
    public interface Scoring {
        ScoreSheet scores(Map<String, Given> answers);
    }

    /** Copies its list. */
    public QuestionSet {
        questions = List.copyOf(questions);
    }
}
