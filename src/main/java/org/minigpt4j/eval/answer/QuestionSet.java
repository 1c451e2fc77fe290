package org.minigpt4j.eval.answer;

import org.minigpt4j.eval.ScoreSheet;

import java.util.List;
import java.util.Map;

/**
 * Questions, and how their answers are scored.
 *
 * @param of total number of questions in the data, which may be more than are asked
 * @param main name of the most important score of a single answer
 * @param whole name of the most important score of all answers
 * @param scoring scores the answers, given by question id; every question must have one
 */
public record QuestionSet(
        List<Question> questions, int of, String main, String whole, Scoring scoring) {

    /** Scores answers. */
    public interface Scoring {
        ScoreSheet scores(Map<String, Given> answers);
    }

    /** Whether a lower score is better. */
    boolean lowerIsBetter() {
        return main.equals(LongAnswers.FAILURES);
    }

    /** Copies the list. */
    public QuestionSet {
        questions = List.copyOf(questions);
    }
}
