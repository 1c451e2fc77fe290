package org.minigpt4j.weights;

/** Text out of a file that nobody vouches for, made fit for a message on a terminal. */
final class Printable {
    private static final int LONGEST = 500;

    private Printable() {}

    static String of(String text) {
        String plain = text.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
        return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST) + "...";
    }
}
