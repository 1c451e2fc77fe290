package org.minigpt4j.prepare.list;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a stream of flat JSON objects, an array of them or one after the other, into the objects,
 * and does so from any byte of a file on, so that several tasks can share one of gigabytes.
 *
 * <p>To begin in the middle is to find a place that is surely between two objects. Such a place
 * reads <code>} , { "name" :</code>, with white space as one likes and the comma missing where each
 * object has its line, or written twice. It cannot be inside a string: a quote in a string is
 * escaped, and this one is not, so it would have to be the string's end; then the name would have
 * to hold the comma, brace or bracket that follows a string, but only letters, digits, blanks,
 * dots, hyphens and underscores are taken for a name. (Objects inside objects could match too; a
 * list that has them is read in one part.)
 *
 * <p>A part begins with the first such place whose closing brace is in it, and continues until the
 * next part begins; objects between which no such place is seen, for their first name has other
 * letters, are the part's before them. So each object is read once, wherever the cuts fall.
 *
 * <p>An object that is broken costs itself only. Where its quotes or braces do not match, what
 * follows it seems to lie inside it, until a place shows up that is surely between two objects.
 * From the broken object's begin on the next <code>{ "name" :</code> is then looked for, which
 * cannot be inside a string either, and reading continues there.
 */
final class JsonObjects implements AutoCloseable {

    private static final int BUFFER = 1 << 16;

    /** No pair is larger; what is, is not a list of pairs. */
    private static final int LARGEST = 1 << 24;

    /** An object's beginning, from its brace to the colon after its first name. */
    private static final Pattern BEGINNING =
            Pattern.compile("\\{[ \\n\\r\\t]*\"[A-Za-z0-9 ._-]*\"[ \\n\\r\\t]*:");

    private static final Pattern CLOSED_BEFORE = Pattern.compile("\\}[ ,\\n\\r\\t]*$");

    private final InputStream in;
    private final long end;
    private final boolean flat;
    private final byte[] buffer = new byte[BUFFER];
    private long base;
    private int at;
    private int filled;
    private byte[] again = new byte[0];
    private int used;
    private long closed = -1;
    private boolean over;

    /**
     * An object of the list, or what is wrong with one.
     *
     * @param at the file's byte where it begins
     * @param object null if it is broken
     * @param fault why it is no object; null if it is one
     */
    record Item(long at, JsonObject object, String fault) {}

    /**
     * The objects of a part of a file.
     *
     * @param in the file from {@code start} on, and at least as far as the object that is begun
     *     before {@code end}
     * @param flat whether objects hold no objects; if they may, a broken one is skipped only if its
     *     quotes and braces match
     */
    JsonObjects(InputStream in, long start, long end, boolean flat) throws IOException {
        this.in = in;
        this.base = start;
        this.end = end;
        this.flat = flat;
        this.over = start > 0 && !seek();
    }

    /**
     * The next object, or null when there is none left in this part.
     *
     * @throws EndlessException if none of what follows can be told from the object that is begun
     */
    Item next() throws IOException {
        Item item = over ? null : object();
        over = item == null || closed >= end && isBorder();
        return item;
    }

    /** Whether the next part begins here: it finds its first object by the same signs. */
    private boolean isBorder() throws IOException {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        State state = State.CLOSED;
        while (state != State.NOTHING && state != State.OBJECT) {
            int b = read();
            if (b < 0) {
                break;
            }
            seen.write(b);
            state = state.after(b);
        }
        unread(seen.toByteArray(), 0);
        return state == State.OBJECT;
    }

    /** An object that does not end where it must; the message says where it begins. */
    static final class EndlessException extends IOException {

        private static final long serialVersionUID = 1L;

        EndlessException(String message) {
            super(message);
        }
    }

    /** The file's position of the next byte. */
    private long position() {
        return base + at - (again.length - used);
    }

    private int read() throws IOException {
        if (used < again.length) {
            return again[used++] & 0xff;
        }
        if (at == filled) {
            base += filled;
            at = 0;
            filled = Math.max(0, in.read(buffer, 0, BUFFER));
        }
        return filled == 0 ? -1 : buffer[at++] & 0xff;
    }

    /** Has bytes that were read read again, before those that are left of an earlier time. */
    private void unread(byte[] bytes, int from) {
        int left = again.length - used;
        byte[] all = Arrays.copyOfRange(bytes, from, bytes.length + left);
        System.arraycopy(again, used, all, bytes.length - from, left);
        again = all;
        used = 0;
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
                case COMMA -> blank || b == ',' ? COMMA : b == '{' ? BRACE : otherwise;
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

    /** Goes to the first object of this part. */
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
                unread(begun.toByteArray(), 0);
                return true;
            }
        }
        return false;
    }

    private Item object() throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream(256);
        long begin = -1;
        int depth = 0;
        boolean text = false;
        boolean escaped = false;
        State state = State.NOTHING;
        while (object.size() < LARGEST) {
            int b = read();
            if (b < 0) {
                return begin < 0
                        ? null
                        : broken(begin, object.toByteArray(), "the file ends inside it", false);
            }
            if (begin < 0) {
                if (b != '{') {
                    continue;
                }
                begin = position() - 1;
            }
            object.write(b);
            state = flat ? state.after(b) : state;
            if (state == State.OBJECT) {
                return broken(begin, object.toByteArray(), "it does not end", false);
            }
            if (text) {
                text = escaped || b != '"';
                escaped = !escaped && b == '\\';
            } else if (b == '"') {
                text = true;
            } else if (b == '{') {
                depth++;
            } else if (b == '}' && --depth == 0) {
                closed = position() - 1;
                return parsed(begin, object.toByteArray());
            }
        }
        String fault = "it has more than " + LARGEST + " bytes";
        return broken(begin, object.toByteArray(), fault, false);
    }

    private Item parsed(long begin, byte[] bytes) throws IOException {
        try {
            String text = ListText.decode(bytes, 0, bytes.length);
            return new Item(begin, JsonParser.parseString(text).getAsJsonObject(), null);
        } catch (JsonParseException e) {
            return broken(begin, bytes, "its quotes, commas or names are not JSON's", true);
        }
    }

    /** Goes to where the next object begins, if one is in what was taken for this one. */
    private Item broken(long begin, byte[] bytes, String fault, boolean matched)
            throws IOException {
        // One byte is one character, so that places in both are the same.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Matcher next = BEGINNING.matcher(text);
        if (flat && next.find(1)) {
            Matcher before = CLOSED_BEFORE.matcher(text.substring(0, next.start()));
            closed = before.find() ? begin + before.start() : -1;
            unread(bytes, next.start());
        } else if (!matched) {
            throw new EndlessException("the object at byte %d: %s".formatted(begin, fault));
        }
        return new Item(begin, null, fault);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
