package org.minigpt4j.prepare;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Cuts a stream of flat JSON objects, an array of them or one behind the other, into the objects,
 * and does so from any byte of a file on, so that several tasks can share one of gigabytes.
 *
 * <p>To begin in the middle is to find a place that is surely between two objects. Such a place
 * reads <code>} , { "name" :</code>, with white space as one likes and the comma missing where each
 * object has its line. It cannot lie inside a string: a quote in a string is escaped, and this one
 * is not, so it would have to be the string's end; then the name would have to hold the comma,
 * brace or bracket that follows a string, but only letters, digits, blanks, dots, hyphens and
 * underscores are taken for a name. (Objects inside objects could match too; a list that has them
 * is read in one part.)
 *
 * <p>An object belongs to the part of the file in which the object before it ends, and the first to
 * the first part. So each object is read once, wherever the cuts fall.
 */
final class JsonObjects implements AutoCloseable {

    private static final int BUFFER = 1 << 16;

    /** No pair is larger; what is, is not a list of pairs. */
    private static final int LARGEST = 1 << 24;

    private final InputStream in;
    private final long end;
    private final byte[] buffer = new byte[BUFFER];
    private long base;
    private int at;
    private int filled;
    private byte[] head = new byte[0];
    private boolean over;

    /**
     * The objects of a part of a file.
     *
     * @param in the file from {@code start} on, and at least as far as the object that is begun
     *     before {@code end}
     */
    JsonObjects(InputStream in, long start, long end) throws IOException {
        this.in = in;
        this.base = start;
        this.end = end;
        this.over = start > 0 && !seek();
    }

    /**
     * The next object's text, or null when there is none left in this part.
     *
     * @throws IOException if the file ends inside an object, or an object is too large to be a pair
     */
    String next() throws IOException {
        String object = over ? null : object();
        over = object == null || position() - 1 >= end;
        return object;
    }

    /** The file's position of the next byte. */
    private long position() {
        return base + at;
    }

    private int read() throws IOException {
        if (at == filled) {
            base += filled;
            at = 0;
            filled = Math.max(0, in.read(buffer, 0, BUFFER));
        }
        return filled == 0 ? -1 : buffer[at++] & 0xff;
    }

    private enum State {
        NOTHING,
        CLOSED,
        COMMA,
        BRACE,
        NAME,
        COLON,
        OBJECT;

        State after(int b) {
            boolean blank = b == ' ' || b == '\n' || b == '\r' || b == '\t';
            State otherwise = b == '}' ? CLOSED : NOTHING;
            return switch (this) {
                case NOTHING, OBJECT -> otherwise;
                case CLOSED -> blank ? CLOSED : b == ',' ? COMMA : b == '{' ? BRACE : otherwise;
                case COMMA -> blank ? COMMA : b == '{' ? BRACE : otherwise;
                case BRACE -> blank ? BRACE : b == '"' ? NAME : otherwise;
                case NAME -> b == '"' ? COLON : isOfName(b) ? NAME : otherwise;
                case COLON -> blank ? COLON : b == ':' ? OBJECT : otherwise;
            };
        }

        private static boolean isOfName(int b) {
            return b >= 'a' && b <= 'z'
                    || b >= 'A' && b <= 'Z'
                    || b >= '0' && b <= '9'
                    || " ._-".indexOf(b) >= 0;
        }
    }

    /** Goes behind the colon of the first object of this part; what it read of it is kept. */
    private boolean seek() throws IOException {
        ByteArrayOutputStream begun = new ByteArrayOutputStream();
        State state = State.NOTHING;
        for (int b = read(); b >= 0; b = read()) {
            if (b == '}' && position() - 1 >= end) {
                return false;
            }
            state = state.after(b);
            if (state.compareTo(State.BRACE) < 0) {
                begun.reset();
            } else {
                begun.write(b);
            }
            if (state == State.OBJECT) {
                head = begun.toByteArray();
                return true;
            }
        }
        return false;
    }

    private String object() throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream(256);
        int depth = 0;
        boolean text = false;
        boolean escaped = false;
        int used = 0;
        while (object.size() < LARGEST) {
            int b = used < head.length ? head[used++] & 0xff : read();
            if (b < 0) {
                if (depth > 0) {
                    throw new IOException("the file ends inside an object");
                }
                return null;
            }
            if (depth > 0 || b == '{') {
                object.write(b);
            }
            if (text) {
                text = escaped || b != '"';
                escaped = !escaped && b == '\\';
            } else if (b == '"') {
                text = depth > 0;
            } else if (b == '{') {
                depth++;
            } else if (b == '}' && depth > 0 && --depth == 0) {
                head = new byte[0];
                return object.toString(StandardCharsets.UTF_8);
            }
        }
        throw new IOException(
                "an object of more than %d bytes begins before byte %d"
                        .formatted(LARGEST, position()));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
