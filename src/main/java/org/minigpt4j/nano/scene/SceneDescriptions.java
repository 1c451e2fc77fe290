package org.minigpt4j.nano.scene;

import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Says in words what a scene shows: short captions as web pictures have them, full descriptions as
 * an assistant gives them, questions with their answers. Everything said is true of the scene.
 */
final class SceneDescriptions {

    private static final String[] NUMBERS = {
        "no objects", "one object", "two objects", "three objects"
    };

    private SceneDescriptions() {}

    /** A caption for stage 1, at most about 24 tokens of the nano vocabulary. */
    static String caption(Scene scene, RandomStream random) {
        List<SceneObject> things = scene.things();
        SceneObject first = things.get(0);
        if (things.size() == 1) {
            return switch (random.nextInt(4)) {
                case 0 -> a(first.longName()) + " " + first.place().words();
                case 1 -> "there is " + a(first.longName()) + " " + first.place().words();
                case 2 -> "a picture of " + a(first.longName());
                default -> a(first.longName()) + " on a " + scene.ground().word() + " background";
            };
        }
        if (things.size() == 2) {
            SceneObject second = things.get(1);
            return switch (random.nextInt(4)) {
                case 0 -> a(first.longName()) + " and " + a(second.longName());
                case 1 -> a(located(first)) + " and " + a(located(second));
                case 2 ->
                        a(first.shortName())
                                + " "
                                + relation(first, second)
                                + " "
                                + a(second.shortName());
                default -> "a picture of " + a(first.shortName()) + " and " + a(second.shortName());
            };
        }
        return (random.nextInt(2) == 0 ? "" : "a picture of ") + listed(things);
    }

    /** A description for stage 2: how many things, on what, and each with its place. */
    static String description(Scene scene, RandomStream random) {
        String opening =
                switch (random.nextInt(3)) {
                    case 0 -> "The image shows ";
                    case 1 -> "This picture shows ";
                    default -> "I see ";
                };
        return opening
                + NUMBERS[scene.things().size()]
                + " on a "
                + scene.ground().word()
                + " background. "
                + scene.things().stream()
                        .map(SceneDescriptions::sentence)
                        .collect(Collectors.joining(" "));
    }

    /** One sentence that names the things, for the start of a conversation. */
    static String summary(Scene scene, RandomStream random) {
        String opening = random.nextInt(2) == 0 ? "The image shows " : "This picture shows ";
        return opening + listed(scene.things()) + ".";
    }

    /** Every question this world knows to ask about the scene, in a fixed order. */
    static List<QuestionAnswer> exchanges(Scene scene) {
        List<QuestionAnswer> all = new ArrayList<>();
        int count = scene.things().size();
        all.add(
                new QuestionAnswer(
                        "How many objects are there?",
                        count == 1 ? "There is one object." : "There are " + NUMBERS[count] + "."));
        all.add(
                new QuestionAnswer(
                        "What color is the background?",
                        "The background is " + scene.ground().word() + "."));
        for (SceneObject thing : scene.things()) {
            String form = thing.form().word();
            all.add(
                    new QuestionAnswer(
                            "What color is the " + form + "?",
                            "The " + form + " is " + thing.tint().word() + "."));
            all.add(
                    new QuestionAnswer(
                            "Where is the " + thing.shortName() + "?",
                            "The " + thing.shortName() + " is " + thing.place().words() + "."));
            all.add(
                    new QuestionAnswer(
                            "Is the " + form + " big or small?",
                            "The " + form + " is " + thing.size() + "."));
            all.add(
                    new QuestionAnswer(
                            "Is there a " + form + "?",
                            "Yes, there is " + a(thing.shortName()) + "."));
            if (thing.letter() != 0) {
                all.add(
                        new QuestionAnswer(
                                "Which letter is on the cube?",
                                "The letter on the cube is " + thing.letter() + "."));
            }
        }
        for (Shape form : Shape.values()) {
            if (scene.things().stream().noneMatch(thing -> thing.form() == form)) {
                all.add(
                        new QuestionAnswer(
                                "Is there a " + form.word() + "?",
                                "No, there is no " + form.word() + "."));
            }
        }
        return all;
    }

    private static String sentence(SceneObject thing) {
        String place = thing.place().words();
        return Character.toUpperCase(place.charAt(0))
                + place.substring(1)
                + " there is "
                + a(thing.longName())
                + ".";
    }

    private static String listed(List<SceneObject> things) {
        List<String> names = things.stream().map(thing -> a(thing.shortName())).toList();
        int last = names.size() - 1;
        return last == 0
                ? names.get(0)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    private static String a(String noun) {
        return ("aeiou".indexOf(noun.charAt(0)) < 0 ? "a " : "an ") + noun;
    }

    private static String located(SceneObject thing) {
        return thing.shortName() + " " + thing.place().words();
    }

    private static String relation(SceneObject one, SceneObject other) {
        int down = one.place().row() - other.place().row();
        if (down != 0) {
            return down < 0 ? "above" : "below";
        }
        return one.place().column() < other.place().column() ? "left of" : "right of";
    }
}
