package org.minigpt4j.weights;

import org.minigpt4j.io.ForeignText;

/** Text out of a file that nobody vouches for, made fit for a message on a terminal. */
final class Printable {
    private static final int LONGEST = 500;

    private Printable() {}

    static String of(String text) {
        return ForeignText.line(text, LONGEST);
    }
}
