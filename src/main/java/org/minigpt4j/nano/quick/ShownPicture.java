package org.minigpt4j.nano.quick;

import org.minigpt4j.nano.exam.Exam;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.nano.exam.ExamQuestion;
import org.minigpt4j.nano.scene.QuestionKind;

import java.util.ArrayList;
import java.util.List;

/**
 * A picture of the exam with a question, and what the model says before training, after stage 1 and
 * after stage 2.
 *
 * @param scene its number
 * @param said so far, in that order
 */
public record ShownPicture(long scene, String question, String truth, List<String> said) {

    /** Three pictures: the color of a thing, the place of a thing, and a description. */
    static List<ShownPicture> of(ExamPaper paper) {
        List<ShownPicture> shown = new ArrayList<>();
        shown.add(first(paper, QuestionKind.COLOR));
        shown.add(first(paper, QuestionKind.PLACE));
        long scene = paper.described().get(0);
        shown.add(
                new ShownPicture(
                        scene, Exam.DESCRIBE, paper.world().description(scene), new ArrayList<>()));
        return shown;
    }

    /** The first question of its kind that is about a thing: most guesses at it are wrong. */
    private static ShownPicture first(ExamPaper paper, QuestionKind kind) {
        ExamQuestion question =
                paper.questions().stream()
                        .filter(q -> q.exchange().kind() == kind)
                        .filter(q -> !q.exchange().question().contains("background"))
                        .findFirst()
                        .orElseThrow();
        return new ShownPicture(
                question.scene(),
                question.exchange().question(),
                question.exchange().answer(),
                new ArrayList<>());
    }

    /** Asks about it once more. */
    void ask(Exam exam) {
        said.add(exam.answer(scene, question));
    }
}
