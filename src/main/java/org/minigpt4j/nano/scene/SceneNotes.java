package org.minigpt4j.nano.scene;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A scene as bare words, always as many and in one order: form, colour, size, letter, row and
 * column of each thing in reading order and a full stop, {@code no} where there is none, then how
 * many things there are and the ground. The stop is a place where all of a thing can be known,
 * which is what makes a small language model look things up. The language model reads them as text;
 * the Q-Former learns to say them.
 */
public final class SceneNotes {

    /** Words that a thing takes. */
    public static final int PER_THING = 7;

    /** Words of a scene. */
    public static final int LENGTH = Scene.MOST_THINGS * PER_THING + 2;

    /** Ends a thing. */
    public static final String END = ".";

    private static final String NONE = "no";
    private static final List<String> COUNTS = List.of("one", "two", "three");
    private static final List<String> ROWS = List.of("top", "middle", "bottom");
    private static final List<String> COLUMNS = List.of("left", "middle", "right");

    /** Every word that may occur. */
    public static final List<String> WORDS = allWords();

    private SceneNotes() {}

    /** The words of a scene, {@link #LENGTH} of them. */
    public static List<String> of(Scene scene) {
        List<String> words = new ArrayList<>();
        for (SceneObject thing : scene.things()) {
            words.add(thing.form().word());
            words.add(thing.tint().word());
            words.add(thing.size());
            words.add(thing.letter() == 0 ? NONE : Character.toString(thing.letter()));
            words.add(ROWS.get(thing.place().row()));
            words.add(COLUMNS.get(thing.place().column()));
            words.add(END);
        }
        int missing = Scene.MOST_THINGS - scene.things().size();
        words.addAll(Collections.nCopies(missing * PER_THING, NONE));
        words.add(COUNTS.get(scene.things().size() - 1));
        words.add(scene.ground().word());
        return words;
    }

    private static List<String> allWords() {
        Set<String> words = new LinkedHashSet<>();
        words.add(NONE);
        for (Shape form : Shape.values()) {
            words.add(form.word());
        }
        for (Color color : Color.values()) {
            words.add(color.word());
        }
        words.add("big");
        words.add("small");
        for (int i = 0; i < LetterShapes.count(); i++) {
            words.add(Character.toString(LetterShapes.letter(i)));
        }
        words.addAll(ROWS);
        words.addAll(COLUMNS);
        words.addAll(COUNTS);
        words.add(END);
        return List.copyOf(words);
    }
}
