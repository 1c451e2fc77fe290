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

    private static final double LEFT_OUT = 0.35;
    private static final double JUNK = 0.4;
    private static final String[] OPENINGS = {"", "", "a picture of ", "there is ", "image of "};
    private static final String[] TAILS = {
        " - free image", ", photo for sale", " - click here", " art print, low price", " no 1 shop",
    };

    private SceneDescriptions() {}

    /** Such as {@code two objects}. */
    static String number(int count) {
        return NUMBERS[count];
    }

    /**
     * A caption as web pages have them: short, some things left out, in any order, and often with
     * words after it that have nothing to do with the picture. At most about 40 tokens.
     */
    static String caption(Scene scene, RandomStream random) {
        List<SceneObject> left = new ArrayList<>(scene.things());
        while (left.size() > 1 && random.nextDouble() < LEFT_OUT) {
            left.remove(random.nextInt(left.size()));
        }
        List<String> names = new ArrayList<>();
        while (!left.isEmpty()) {
            names.add(a(webName(left.remove(random.nextInt(left.size())), random)));
        }
        StringBuilder caption = new StringBuilder();
        caption.append(OPENINGS[random.nextInt(OPENINGS.length)]);
        caption.append(String.join(random.nextInt(2) == 0 ? " and " : ", ", names));
        if (random.nextInt(4) == 0) {
            caption.append(" on a ").append(scene.ground().word()).append(" background");
        }
        if (random.nextDouble() < JUNK) {
            caption.append(TAILS[random.nextInt(TAILS.length)]);
        }
        return caption.toString();
    }

    private static String webName(SceneObject thing, RandomStream random) {
        return switch (random.nextInt(5)) {
            case 0 -> thing.shortName();
            case 1 -> thing.longName();
            case 2 -> thing.size() + " " + thing.shortName() + " " + thing.place().words();
            default -> thing.shortName() + " " + thing.place().words();
        };
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

    /** The noun with its article. */
    static String a(String noun) {
        return ("aeiou".indexOf(noun.charAt(0)) < 0 ? "a " : "an ") + noun;
    }
}
