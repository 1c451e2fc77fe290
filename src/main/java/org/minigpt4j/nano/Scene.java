package org.minigpt4j.nano;

import org.minigpt4j.data.RandomStream;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One to three things on a plain ground. No two share a form, a colour or a place, so a question
 * such as "what color is the star?" has one answer.
 */
record Scene(Tint ground, List<Thing> things) {

    private static final Tint[] GROUNDS = {Tint.WHITE, Tint.GRAY, Tint.BLACK};

    Scene {
        things = List.copyOf(things);
        if (things.isEmpty()) {
            throw new IllegalArgumentException("a scene has at least one thing");
        }
    }

    /** The scene that {@code random} describes. */
    static Scene draw(RandomStream random) {
        Tint ground = GROUNDS[random.nextInt(GROUNDS.length)];
        int count = 1 + random.nextInt(3);
        Set<Form> forms = EnumSet.allOf(Form.class);
        Set<Tint> tints = EnumSet.range(Tint.RED, Tint.values()[Tint.THING_TINTS - 1]);
        Set<Place> places = EnumSet.allOf(Place.class);
        List<Thing> things = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Form form = take(forms, random);
            things.add(
                    new Thing(
                            form,
                            take(tints, random),
                            random.nextInt(2) == 0,
                            take(places, random),
                            form == Form.CUBE ? Strokes.letter(random.nextInt(Strokes.count())) : 0,
                            random.nextDouble(-0.08, 0.08),
                            random.nextDouble(-0.08, 0.08),
                            random.nextDouble(-0.15, 0.15)));
        }
        return new Scene(ground, things);
    }

    private static <T> T take(Set<T> from, RandomStream random) {
        T taken = List.copyOf(from).get(random.nextInt(from.size()));
        from.remove(taken);
        return taken;
    }
}
