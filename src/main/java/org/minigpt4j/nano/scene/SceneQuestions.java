package org.minigpt4j.nano.scene;

import java.util.ArrayList;
import java.util.List;

/** Every question this world knows to ask about a scene, each with its one answer. */
final class SceneQuestions {

    private final Scene scene;
    private final List<QuestionAnswer> all = new ArrayList<>();

    private SceneQuestions(Scene scene) {
        this.scene = scene;
    }

    /** In a fixed order. */
    static List<QuestionAnswer> of(Scene scene) {
        SceneQuestions questions = new SceneQuestions(scene);
        questions.whole();
        scene.things().forEach(questions::about);
        questions.existence();
        return questions.all;
    }

    private void whole() {
        int count = scene.things().size();
        String many = SceneDescriptions.number(count);
        String answer = count == 1 ? "There is one object." : "There are " + many + ".";
        add(QuestionKind.COUNT, answer, "How many objects are there?", "How many objects?");
        add(
                QuestionKind.COLOR,
                "The background is " + scene.ground().word() + ".",
                "What color is the background?");
    }

    private void about(SceneObject thing) {
        String form = thing.form().word();
        String tint = thing.tint().word();
        String place = thing.place().words();
        add(
                QuestionKind.COLOR,
                "The " + form + " is " + tint + ".",
                "What color is the " + form + "?",
                "Which color is the " + form + "?");
        add(
                QuestionKind.SHAPE,
                "The " + tint + " object is " + SceneDescriptions.a(form) + ".",
                "What shape is the " + tint + " object?",
                "What is the " + tint + " object?");
        add(
                QuestionKind.SHAPE,
                "There is " + SceneDescriptions.a(thing.shortName()) + " " + place + ".",
                "What is " + place + "?");
        add(
                QuestionKind.SIZE,
                "The " + form + " is " + thing.size() + ".",
                "Is the " + form + " big or small?",
                "What size is the " + form + "?");
        add(
                QuestionKind.PLACE,
                "The " + thing.shortName() + " is " + place + ".",
                "Where is the " + thing.shortName() + "?");
        add(QuestionKind.PLACE, "The " + form + " is " + place + ".", "Where is the " + form + "?");
        if (thing.letter() != 0) {
            add(
                    QuestionKind.LETTER,
                    "The letter on the cube is " + thing.letter() + ".",
                    "Which letter is on the cube?",
                    "What letter is on the cube?");
        }
    }

    private void existence() {
        for (Shape form : Shape.values()) {
            SceneObject found =
                    scene.things().stream().filter(t -> t.form() == form).findFirst().orElse(null);
            exists(form.word(), found);
        }
        for (Color tint : Color.thingTints()) {
            SceneObject found =
                    scene.things().stream().filter(t -> t.tint() == tint).findFirst().orElse(null);
            exists(tint.word() + " object", found);
        }
    }

    private void exists(String noun, SceneObject found) {
        String asked = SceneDescriptions.a(noun);
        add(
                QuestionKind.EXISTENCE,
                found == null
                        ? "No, there is no " + noun + "."
                        : "Yes, there is " + SceneDescriptions.a(found.shortName()) + ".",
                "Is there " + asked + "?");
    }

    private void add(QuestionKind kind, String answer, String... questions) {
        for (String question : questions) {
            all.add(new QuestionAnswer(kind, question, answer));
        }
    }
}
