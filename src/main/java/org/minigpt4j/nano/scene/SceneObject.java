package org.minigpt4j.nano.scene;

/**
 * One thing in a scene.
 *
 * @param letter what is written on a cube; 0 on every other form
 * @param dx how far the thing sits from its cell's centre, in cell widths
 * @param dy the same downwards
 * @param turn a small rotation in radians
 */
public record SceneObject(
        Shape form,
        Color tint,
        boolean big,
        Place place,
        char letter,
        double dx,
        double dy,
        double turn) {

    private static final int HELD_OUT = 3;
    private static final double MARGIN = 0.01;

    /** Checks that a cube has its letter. */
    public SceneObject {
        if ((form == Shape.CUBE) != (letter != 0)) {
            throw new IllegalArgumentException("a letter belongs on a cube, and only there");
        }
    }

    /**
     * True for seven of the 49 pairs of colour and form, each colour and each form once. Both
     * stages of training leave scenes with such a thing out; image encoder and language model know
     * them.
     */
    public boolean isHeldOut() {
        return (form.ordinal() + tint.ordinal()) % Shape.values().length == HELD_OUT;
    }

    /** True if the thing, or the square around it, covers a point of the unit square. */
    public boolean covers(double x, double y) {
        double half = (big ? Painter.BIG : Painter.SMALL) / 2 + MARGIN;
        double left = (place.column() + 0.5 + dx) / 3 - half;
        double top = (place.row() + 0.5 + dy) / 3 - half;
        return x >= left && x <= left + 2 * half && y >= top && y <= top + 2 * half;
    }

    /** {@code big} or {@code small}. */
    public String size() {
        return big ? "big" : "small";
    }

    /** Such as {@code red circle}: enough to tell it from the scene's other things. */
    public String shortName() {
        return tint.word() + " " + form.word();
    }

    /** Such as {@code big blue cube with the letter K}. */
    public String longName() {
        String name = size() + " " + shortName();
        return letter == 0 ? name : name + " with the letter " + letter;
    }
}
