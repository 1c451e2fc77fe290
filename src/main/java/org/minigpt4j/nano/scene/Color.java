package org.minigpt4j.nano.scene;

import java.util.List;
import java.util.Locale;

/** The colours of things and grounds, each with its word and its RGB value. */
public enum Color {
    RED(0xD62828),
    GREEN(0x2E9E3F),
    BLUE(0x2454D6),
    YELLOW(0xF2CC0C),
    PURPLE(0x7B2CBF),
    ORANGE(0xF3722C),
    PINK(0xF48FB1),
    WHITE(0xF4F4F4),
    GRAY(0x9A9A9A),
    BLACK(0x1C1C1C);

    /** How many of them, from the first, colour things; the rest are for grounds. */
    static final int THING_TINTS = 7;

    private final int rgb;

    Color(int rgb) {
        this.rgb = rgb;
    }

    /** Colours that things have, all but those of grounds. */
    public static List<Color> thingTints() {
        return List.of(values()).subList(0, THING_TINTS);
    }

    int rgb() {
        return rgb;
    }

    /** Its word, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
