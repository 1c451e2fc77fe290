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

    int row() {
        return ordinal() / 3;
    }

    int column() {
        return ordinal() % 3;
    }

    String words() {
        return words;
    }
}
