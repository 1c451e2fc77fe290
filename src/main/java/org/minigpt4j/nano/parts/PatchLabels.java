package org.minigpt4j.nano.parts;

import org.minigpt4j.nano.scene.Color;
import org.minigpt4j.nano.scene.LetterShapes;
import org.minigpt4j.nano.scene.Scene;
import org.minigpt4j.nano.scene.SceneObject;
import org.minigpt4j.nano.scene.Shape;

/**
 * What each patch of a picture shows, as numbers: form, colour, size, letter and cell of the thing
 * that covers it, 0 where none does, and the ground. The image encoder learns to tell.
 */
final class PatchLabels {

    private static final int CELLS = 9;

    /** How many values each kind has. */
    static final int[] KINDS = {
        Shape.values().length + 1,
        Color.values().length + 1,
        3,
        LetterShapes.count() + 1,
        CELLS + 1,
        Color.values().length
    };

    /** All of them together. */
    static final int CLASSES = sum();

    /** How much a patch without a thing counts. */
    static final float NOTHING = 0.1f;

    private static final int LETTER = 3;
    private static final float THING = 1.01f; // above 1: counts among what is to be right

    private PatchLabels() {}

    private static int sum() {
        int sum = 0;
        for (int kind : KINDS) {
            sum += kind;
        }
        return sum;
    }

    /**
     * Writes labels and weights of all patches of a scene's picture, row by row.
     *
     * @param noLetter how much it counts that a patch has no letter
     */
    static void fill(
            Scene scene, int grid, long[] labels, float[] weights, int from, float noLetter) {
        for (int patch = 0; patch < grid * grid; patch++) {
            double x = (patch % grid + 0.5) / grid;
            int row = patch / grid;
            double y = (row + 0.5) / grid;
            SceneObject found = null;
            for (SceneObject thing : scene.things()) {
                if (thing.covers(x, y)) {
                    found = thing;
                }
            }
            int at = (from + patch) * KINDS.length;
            long[] values =
                    found == null
                            ? new long[KINDS.length]
                            : new long[] {
                                found.form().ordinal() + 1,
                                found.tint().ordinal() + 1,
                                found.big() ? 1 : 2,
                                found.letter() == 0 ? 0 : LetterShapes.index(found.letter()) + 1,
                                found.place().ordinal() + 1,
                                0
                            };
            values[KINDS.length - 1] = scene.ground().ordinal();
            for (int kind = 0; kind < KINDS.length; kind++) {
                labels[at + kind] = values[kind];
                boolean counts = kind == LETTER ? values[kind] > 0 : found != null;
                weights[at + kind] = counts ? THING : kind == LETTER ? noLetter : NOTHING;
            }
        }
    }
}
