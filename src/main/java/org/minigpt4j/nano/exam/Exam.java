package org.minigpt4j.nano.exam;

import org.minigpt4j.nano.exam.Examinee.Said;
import org.minigpt4j.nano.exam.Examinee.Task;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.SceneWorld;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Puts a paper to a examinee and marks what it says. */
public final class Exam {

    /** What is asked for a description. */
    public static final String DESCRIBE = "Describe this image in detail.";

    private static final int LONGEST_ANSWER = 32;
    private static final int LONGEST_DESCRIPTION = 110;

    private final ExamPaper paper;
    private final Examinee examinee;

    public Exam(ExamPaper paper, Examinee examinee) {
        this.paper = paper;
        this.examinee = examinee;
    }

    /** Marks what the examinee says about the pictures with the projection it has now. */
    public ExamMarks marks() {
        examinee.see(paper.world(), paper.scenes());
        Map<QuestionKind, Double> byKind = new EnumMap<>(QuestionKind.class);
        boolean[] right = right(paper.questions(), false);
        for (QuestionKind kind : QuestionKind.values()) {
            int all = 0;
            int good = 0;
            for (int i = 0; i < right.length; i++) {
                if (paper.questions().get(i).exchange().kind() == kind) {
                    all++;
                    good += right[i] ? 1 : 0;
                }
            }
            byKind.put(kind, share(good, all));
        }
        Descriptions told = descriptions();
        return new ExamMarks(
                share(right),
                byKind,
                share(right(paper.heldOut(), false)),
                share(told.named, told.things),
                share(told.wrong, told.mentioned),
                share(told.exact, paper.described().size()),
                share(told.malformed, paper.described().size()));
    }

    /** Right answers when notes replace the picture: the best possible result. */
    public double ceiling() {
        return share(right(paper.questions(), true));
    }

    /** What it says to one question. */
    public String answer(long scene, String question) {
        examinee.see(paper.world(), List.of(scene));
        List<Task> task = List.of(new Task(scene, question, LONGEST_DESCRIPTION));
        return examinee.say(paper.world(), task, false).get(0).text();
    }

    private boolean[] right(List<ExamQuestion> questions, boolean inWords) {
        List<Task> tasks = new ArrayList<>();
        for (ExamQuestion question : questions) {
            tasks.add(new Task(question.scene(), question.exchange().question(), LONGEST_ANSWER));
        }
        List<Said> said = examinee.say(paper.world(), tasks, inWords);
        boolean[] right = new boolean[tasks.size()];
        for (int i = 0; i < right.length; i++) {
            var exchange = questions.get(i).exchange();
            right[i] =
                    said.get(i).ended()
                            && Marking.isRight(
                                    exchange.kind(), said.get(i).text(), exchange.answer());
        }
        return right;
    }

    /** Sums over all described scenes. */
    private static final class Descriptions {
        int things;
        int named;
        int mentioned;
        int wrong;
        int exact;
        int malformed;
    }

    private Descriptions descriptions() {
        SceneWorld world = paper.world();
        List<Task> tasks = new ArrayList<>();
        for (long scene : paper.described()) {
            tasks.add(new Task(scene, DESCRIBE, LONGEST_DESCRIPTION));
        }
        List<Said> said = examinee.say(world, tasks, false);
        Descriptions sums = new Descriptions();
        for (int i = 0; i < tasks.size(); i++) {
            long scene = tasks.get(i).scene();
            String text = said.get(i).text();
            List<String> things = Marking.things(world.scene(scene));
            List<String> named = Marking.named(text);
            sums.things += things.size();
            sums.named += (int) things.stream().filter(named::contains).count();
            sums.mentioned += named.size();
            sums.wrong += (int) named.stream().filter(thing -> !things.contains(thing)).count();
            sums.exact += Marking.isSame(text, world.description(scene)) ? 1 : 0;
            sums.malformed += !said.get(i).ended() || Marking.isMalformed(text) ? 1 : 0;
        }
        return sums;
    }

    private static double share(boolean[] right) {
        int good = 0;
        for (boolean one : right) {
            good += one ? 1 : 0;
        }
        return share(good, right.length);
    }

    private static double share(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
