package org.minigpt4j.nano.scene;

import java.util.Locale;

/** What a thing can be. */
enum Shape {
    CIRCLE,
    SQUARE,
    TRIANGLE,
    STAR,
    RING,
    CROSS,
    CUBE;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
