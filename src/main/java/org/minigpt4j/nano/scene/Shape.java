package org.minigpt4j.nano.scene;

import java.util.Locale;

/** What a thing can be. */
public enum Shape {
    CIRCLE,
    SQUARE,
    TRIANGLE,
    STAR,
    RING,
    CROSS,
    CUBE;

    /** Its word, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
