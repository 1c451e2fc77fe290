package org.minigpt4j.nano.exam;

import org.minigpt4j.nano.scene.QuestionAnswer;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.SceneObject;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Questions about scenes of a world, as many of each kind, each about its own scene where that can
 * be, and scenes to describe. The same world and numbers give the same paper.
 *
 * @param world where the scenes are from
 * @param questions about scenes without held-out pairs of colour and form
 * @param heldOut about the very things that are held-out pairs
 * @param described numbers of the scenes to describe
 */
public record ExamPaper(
        SceneWorld world,
        List<ExamQuestion> questions,
        List<ExamQuestion> heldOut,
        List<Long> described) {

    private static final long STREAM = 3;

    /**
     * Sets a paper.
     *
     * @param first number of the first scene that may be used
     * @param perKind questions of each kind
     * @param heldOut questions about held-out pairs
     * @param described scenes to describe
     */
    public static ExamPaper set(
            SceneWorld world, long first, int perKind, int heldOut, int described) {
        long next = first;
        List<ExamQuestion> questions = new ArrayList<>();
        for (QuestionKind kind : QuestionKind.values()) {
            for (int i = 0; i < perKind; next++) {
                if (!world.scene(next).hasHeldOutPair() && add(world, next, kind, i, questions)) {
                    i++;
                }
            }
        }
        List<ExamQuestion> about = new ArrayList<>();
        for (; about.size() < heldOut; next++) {
            for (SceneObject thing : world.scene(next).things()) {
                if (thing.isHeldOut() && about.size() < heldOut) {
                    boolean color = about.size() % 2 == 0;
                    String known = color ? thing.form().word() : thing.tint().word();
                    QuestionKind kind = color ? QuestionKind.COLOR : QuestionKind.SHAPE;
                    about.add(
                            new ExamQuestion(
                                    next,
                                    first(world, next, kind, q -> q.contains("the " + known))));
                }
            }
        }
        List<Long> scenes = new ArrayList<>();
        for (; scenes.size() < described; next++) {
            if (!world.scene(next).hasHeldOutPair()) {
                scenes.add(next);
            }
        }
        return new ExamPaper(world, questions, about, scenes);
    }

    private static QuestionAnswer first(
            SceneWorld world, long scene, QuestionKind kind, Predicate<String> question) {
        return world.exchanges(scene).stream()
                .filter(e -> e.kind() == kind && question.test(e.question()))
                .findFirst()
                .orElseThrow();
    }

    /** Every other question about existence has the answer yes. */
    private static boolean add(
            SceneWorld world, long scene, QuestionKind kind, int index, List<ExamQuestion> to) {
        List<QuestionAnswer> fitting =
                world.exchanges(scene).stream()
                        .filter(e -> e.kind() == kind)
                        .filter(
                                e ->
                                        kind != QuestionKind.EXISTENCE
                                                || e.answer().startsWith("Yes") == (index % 2 == 0))
                        .toList();
        if (fitting.isEmpty()) {
            return false;
        }
        int chosen = RandomStream.of(world.seed(), scene, STREAM).nextInt(fitting.size());
        to.add(new ExamQuestion(scene, fitting.get(chosen)));
        return true;
    }

    /** Numbers of all scenes that are asked about or described. */
    List<Long> scenes() {
        TreeSet<Long> all = new TreeSet<>(described);
        questions.forEach(q -> all.add(q.scene()));
        heldOut.forEach(q -> all.add(q.scene()));
        return List.copyOf(all);
    }
}
