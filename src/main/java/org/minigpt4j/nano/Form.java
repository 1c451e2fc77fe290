package org.minigpt4j.nano;

import java.util.Locale;

/** What a thing can be. */
enum Form {
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
