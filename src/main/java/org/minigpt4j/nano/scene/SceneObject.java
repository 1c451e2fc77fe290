package org.minigpt4j.nano.scene;

/**
 * One thing in a scene.
 *
 * @param letter what is written on a cube; 0 on every other form
 * @param dx how far the thing sits from its cell's centre, in cell widths
 * @param dy the same downwards
 * @param turn a small rotation in radians
 */
record SceneObject(
        Shape form,
        Color tint,
        boolean big,
        Place place,
        char letter,
        double dx,
        double dy,
        double turn) {

    SceneObject {
        if ((form == Shape.CUBE) != (letter != 0)) {
            throw new IllegalArgumentException("a letter belongs on a cube, and only there");
        }
    }

    String size() {
        return big ? "big" : "small";
    }

    /** Such as {@code red circle}: enough to tell it from the scene's other things. */
    String shortName() {
        return tint.word() + " " + form.word();
    }

    /** Such as {@code big blue cube with the letter K}. */
    String longName() {
        String name = size() + " " + shortName();
        return letter == 0 ? name : name + " with the letter " + letter;
    }
}
