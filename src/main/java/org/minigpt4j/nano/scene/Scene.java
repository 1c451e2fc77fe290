package org.minigpt4j.nano.scene;

import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One to three things on a plain ground, in reading order: row by row from the top left. No two
 * share a form, a colour or a place, so a question such as "what color is the star?" has one
 * answer.
 *
 * @param ground background colour
 * @param things what there is to see
 */
public record Scene(Color ground, List<SceneObject> things) {

    /** Most things of a scene. */
    public static final int MOST_THINGS = 3;

    private static final Color[] GROUNDS = {Color.WHITE, Color.GRAY, Color.BLACK};

    /** Puts the things into reading order. */
    public Scene {
        things = things.stream().sorted(Comparator.comparingInt(t -> t.place().ordinal())).toList();
        if (things.isEmpty()) {
            throw new IllegalArgumentException("a scene has at least one thing");
        }
    }

    /** The scene that {@code random} describes. */
    public static Scene draw(RandomStream random) {
        Color ground = GROUNDS[random.nextInt(GROUNDS.length)];
        int count = 1 + random.nextInt(MOST_THINGS);
        Set<Shape> forms = EnumSet.allOf(Shape.class);
        Set<Color> tints = EnumSet.range(Color.RED, Color.values()[Color.THING_TINTS - 1]);
        Set<Place> places = EnumSet.allOf(Place.class);
        List<SceneObject> things = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Shape form = take(forms, random);
            things.add(
                    new SceneObject(
                            form,
                            take(tints, random),
                            random.nextInt(2) == 0,
                            take(places, random),
                            form == Shape.CUBE
                                    ? LetterShapes.letter(random.nextInt(LetterShapes.count()))
                                    : 0,
                            random.nextDouble(-0.08, 0.08),
                            random.nextDouble(-0.08, 0.08),
                            random.nextDouble(-0.15, 0.15)));
        }
        return new Scene(ground, things);
    }

    /** True if it has a thing of a colour and form that both stages of training never show. */
    public boolean hasHeldOutPair() {
        return things.stream().anyMatch(SceneObject::isHeldOut);
    }

    private static <T> T take(Set<T> from, RandomStream random) {
        T taken = List.copyOf(from).get(random.nextInt(from.size()));
        from.remove(taken);
        return taken;
    }
}
