package org.minigpt4j.nano.quick;

import org.minigpt4j.nano.exam.Exam;
import org.minigpt4j.nano.exam.ExamPaper;

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

    private static final int SHOWN = 3;

    /** Three pictures: a question about two, a description of the third. */
    static List<ShownPicture> of(ExamPaper paper) {
        List<ShownPicture> shown = new ArrayList<>();
        int every = paper.questions().size() / (SHOWN - 1);
        for (int i = 0; i < SHOWN - 1; i++) {
            var question = paper.questions().get(i * every);
            shown.add(
                    new ShownPicture(
                            question.scene(),
                            question.exchange().question(),
                            question.exchange().answer(),
                            new ArrayList<>()));
        }
        long scene = paper.described().get(0);
        shown.add(
                new ShownPicture(
                        scene, Exam.DESCRIBE, paper.world().description(scene), new ArrayList<>()));
        return shown;
    }

    /** Asks about it once more. */
    void ask(Exam exam) {
        said.add(exam.answer(scene, question));
    }
}
