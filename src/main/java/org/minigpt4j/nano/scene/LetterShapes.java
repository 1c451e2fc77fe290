package org.minigpt4j.nano.scene;

import java.awt.geom.Path2D;

/**
 * Letters as pen strokes on a 2 by 4 grid, so that no picture depends on the fonts of a machine.
 * Only letters made of straight lines: each group is one stroke, each pair of digits a point, x
 * before y, y downwards.
 */
public final class LetterShapes {

    private static final String LETTERS = "AEFHIKLMNTVWXYZ";

    private static final String[] PENS = {
        "041024 0222", // A
        "20000424 0212", // E
        "200004 0212", // F
        "0004 2024 0222", // H
        "1014", // I
        "0004 200224", // K
        "000424", // L
        "0400122024", // M
        "04002420", // N
        "0020 1014", // T
        "001420", // V
        "0004122420", // W
        "0024 2004", // X
        "001220 1214", // Y
        "00200424", // Z
    };

    private LetterShapes() {}

    /** How many letters there are. */
    public static int count() {
        return LETTERS.length();
    }

    /** The place of a letter among them. */
    public static int index(char letter) {
        return LETTERS.indexOf(letter);
    }

    /** The letter at a place. */
    public static char letter(int index) {
        return LETTERS.charAt(index);
    }

    /** The letter's strokes within the unit square around the origin. */
    static Path2D of(char letter) {
        Path2D path = new Path2D.Double();
        for (String stroke : PENS[LETTERS.indexOf(letter)].split(" ")) {
            for (int i = 0; i < stroke.length(); i += 2) {
                double x = (stroke.charAt(i) - '0') / 2.0 - 0.5;
                double y = (stroke.charAt(i + 1) - '0') / 4.0 - 0.5;
                if (i == 0) {
                    path.moveTo(x, y);
                } else {
                    path.lineTo(x, y);
                }
            }
        }
        return path;
    }
}
