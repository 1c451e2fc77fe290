package org.minigpt4j.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Changes good bytes into others: a few blind changes, and pieces that readers stumble over. */
final class Mutator {

    private static final int MOST_CHANGES = 6;
    private static final int LONGEST = 1 << 20;
    private static final byte[] EDGES = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFF};

    /** What stands in for a number, a text, a list in any text format. */
    private static final List<String> WORDS =
            List.of(
                    "null",
                    "NaN",
                    "-1",
                    "0",
                    "1e999",
                    "2e9",
                    "96.5",
                    "1e-400",
                    "true",
                    "\"\"",
                    "[]",
                    "{}",
                    "9223372036854775808",
                    "-0",
                    "\"\\u0000\"",
                    "\"\u202e\"",
                    "[[[[",
                    "\ud83d",
                    "\u0000",
                    "\uFEFF",
                    "%s",
                    "../../x");

    private final SplittableRandom random;
    private final List<byte[]> words = new ArrayList<>();

    Mutator(SplittableRandom random, List<String> dictionary) {
        this.random = random;
        WORDS.forEach(word -> words.add(word.getBytes(StandardCharsets.UTF_8)));
        dictionary.forEach(word -> words.add(word.getBytes(StandardCharsets.ISO_8859_1)));
    }

    byte[] mutate(byte[] good, byte[] other) {
        byte[] bytes = good;
        for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0; changes--) {
            bytes = change(bytes, other);
        }
        return bytes.length <= LONGEST ? bytes : Arrays.copyOf(bytes, LONGEST);
    }

    private byte[] change(byte[] bytes, byte[] other) {
        int at = place(bytes);
        int length = Math.min(1 + random.nextInt(1 << random.nextInt(1, 9)), bytes.length - at);
        return switch (random.nextInt(10)) {
            case 0 -> replaced(bytes, at, at, word());
            case 1 -> replaced(bytes, at, at + length, word());
            case 2 -> replaced(bytes, at, at + length, new byte[0]);
            case 3 -> repeated(bytes, at, length);
            case 4 -> Arrays.copyOf(bytes, at);
            case 5 -> spliced(bytes, at, other);
            case 6 -> token(bytes, at);
            case 7 -> number(bytes, at);
            case 8 -> set(bytes, at, EDGES[random.nextInt(EDGES.length)]);
            default -> set(bytes, at, (byte) random.nextInt(256));
        };
    }

    private int place(byte[] bytes) {
        return bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    }

    private byte[] word() {
        return words.get(random.nextInt(words.size()));
    }

    private static byte[] set(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.length == 0 ? new byte[1] : bytes.clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        var out = new ByteArrayOutputStream(bytes.length + by.length);
        out.write(bytes, 0, from);
        out.writeBytes(by);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }

    private byte[] repeated(byte[] bytes, int at, int length) {
        byte[] piece = Arrays.copyOfRange(bytes, at, at + Math.max(0, length));
        var out = new ByteArrayOutputStream();
        for (int times = 1 << random.nextInt(9); times > 0 && out.size() < LONGEST; times--) {
            out.writeBytes(piece);
        }
        return replaced(bytes, at, at, out.toByteArray());
    }

    private byte[] spliced(byte[] bytes, int at, byte[] other) {
        int from = place(other);
        return replaced(bytes, at, bytes.length, Arrays.copyOfRange(other, from, other.length));
    }

    /** A whole number or word of a text becomes another. */
    private byte[] token(byte[] bytes, int at) {
        int from = at;
        int to = at;
        while (from > 0 && isWord(bytes[from - 1])) {
            from--;
        }
        while (to < bytes.length && isWord(bytes[to])) {
            to++;
        }
        return replaced(bytes, from, to, word());
    }

    private static boolean isWord(byte b) {
        return b == '.' || b == '-' || Character.isLetterOrDigit(b & 0xFF);
    }

    /** A binary number of 2, 4 or 8 bytes at an edge of its range, in either order of bytes. */
    private byte[] number(byte[] bytes, int at) {
        int width = Math.min(2 << random.nextInt(3), bytes.length - at);
        byte[] changed = bytes.clone();
        long edge =
                switch (random.nextInt(5)) {
                    case 0 -> Integer.MAX_VALUE;
                    case 1 -> -1;
                    case 2 -> Long.MAX_VALUE;
                    case 3 -> 1L << random.nextInt(63);
                    default -> bytes.length + random.nextInt(-9, 9);
                };
        boolean little = random.nextBoolean();
        for (int i = 0; i < width; i++) {
            changed[at + (little ? i : width - 1 - i)] = (byte) (edge >>> 8 * i);
        }
        return changed;
    }
}
