package org.minigpt4j.nano.scene;

/** The nine cells of the picture, row by row from the top left. */
public enum Place {
    TOP_LEFT("at the top left"),
    TOP("at the top"),
    TOP_RIGHT("at the top right"),
    LEFT("on the left"),
    MIDDLE("in the middle"),
    RIGHT("on the right"),
    BOTTOM_LEFT("at the bottom left"),
    BOTTOM("at the bottom"),
    BOTTOM_RIGHT("at the bottom right");

    private final String words;

    Place(String words) {
        this.words = words;
    }

    /** 0 at the top, 2 at the bottom. */
    public int row() {
        return ordinal() / 3;
    }

    /** 0 on the left, 2 on the right. */
    public int column() {
        return ordinal() % 3;
    }

    /** Such as {@code at the top left}. */
    public String words() {
        return words;
    }
}
