package org.minigpt4j.prepare.list;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The rows of separated values, each with the byte at which it begins. A line ends with LF, CR or
 * both; empty lines are no rows.
 *
 * <p>Where quotes count, they are RFC 4180's, and {@code \"} is a quote too; a quote that does not
 * close before the next separator is a character like any other. A quoted value may go over several
 * lines. If one does not close, all that follows would be taken for it; so a row ends before a line
 * that is surely a separate row, and is reported as broken. Reading continues at the line after the
 * one where the row began, so a flaw costs its own row only.
 */
final class Separated implements AutoCloseable {

    /** No row is longer; what is, has a quote that does not close, or is no row. */
    private static final int LARGEST = 1 << 22;

    private static final int UNCLOSED = -1;
    private static final int NO_VALUE = -2;

    private final InputStream in;
    private final Form form;
    private final Predicate<List<String>> isRow;
    private final Deque<Line> again = new ArrayDeque<>();
    private final byte[] buffer = new byte[1 << 16];
    private long base;
    private int at;
    private int filled;

    /**
     * How values are told apart.
     *
     * @param quotes whether a value in quotes may hold separators and line ends
     * @param blanks whether blanks around a value are no part of it
     */
    record Form(char separator, boolean quotes, boolean blanks) implements Serializable {}

    /**
     * A row, or what is wrong with one.
     *
     * @param at the byte of the stream where it begins
     * @param values null if it is broken
     * @param fault half a sentence; null if it is whole
     */
    record Item(long at, List<String> values, String fault) {}

    /** A line with its end; without a text if it is longer than any row. */
    private record Line(long at, String text, String end) {

        boolean isTooLong() {
            return text == null;
        }
    }

    private enum Found {
        WHOLE,
        OPEN,
        MALFORMED
    }

    /**
     * The rows of a stream of UTF-8.
     *
     * @param start the byte of the file with which {@code in} begins
     * @param isRow whether a line inside an open quote is surely a row
     */
    Separated(InputStream in, long start, Form form, Predicate<List<String>> isRow) {
        this.in = in;
        this.base = start;
        this.form = form;
        this.isRow = isRow;
    }

    /** Passes over what is left of a line that began before the stream did. */
    void skipLine() throws IOException {
        line();
    }

    /** The next row, or null if there is none. */
    Item next() throws IOException {
        Line line = line();
        while (line != null && !line.isTooLong() && line.text().isEmpty()) {
            line = line();
        }
        if (line != null && line.isTooLong()) {
            return new Item(line.at(), null, "the line has more than %d bytes".formatted(LARGEST));
        }
        return line == null ? null : row(line);
    }

    private Item row(Line first) throws IOException {
        List<Line> lines = new ArrayList<>(List.of(first));
        StringBuilder text = new StringBuilder(first.text());
        while (true) {
            List<String> values = new ArrayList<>();
            switch (split(text, values)) {
                case WHOLE:
                    Optional<String> unreadable =
                            values.stream().filter(ListText::isUnreadable).findFirst();
                    return unreadable.isPresent()
                            ? new Item(first.at(), null, ListText.fault(unreadable.get()))
                            : new Item(first.at(), values, null);
                case MALFORMED:
                    return broken(lines, "text follows the quote that closes a value");
                default:
                    String last = lines.get(lines.size() - 1).end();
                    Line more = line();
                    // Only a line with a quote can close one.
                    while (more != null
                            && !more.isTooLong()
                            && more.text().indexOf('"') < 0
                            && !isRow(more)) {
                        lines.add(more);
                        text.append(last).append(more.text());
                        last = more.end();
                        more = text.length() > LARGEST ? null : line();
                    }
                    if (more == null || isRow(more)) {
                        if (more != null) {
                            again.addFirst(more);
                        }
                        return broken(lines, "a quote that opens a value is not closed");
                    }
                    lines.add(more);
                    text.append(last).append(more.text());
            }
        }
    }

    /** Whether a line inside an open quote is one for itself: a row, or none at all. */
    private boolean isRow(Line line) {
        if (line.isTooLong()) {
            return true;
        }
        List<String> values = new ArrayList<>();
        split(line.text(), values);
        return isRow.test(values);
    }

    /** Has all lines but the first read again. */
    private Item broken(List<Line> lines, String fault) {
        for (int i = lines.size() - 1; i > 0; i--) {
            again.addFirst(lines.get(i));
        }
        return new Item(lines.get(0).at(), null, fault);
    }

    private Found split(CharSequence text, List<String> values) {
        int at = 0;
        while (true) {
            int begin = at;
            while (begin < text.length() && isBlank(text.charAt(begin))) {
                begin++;
            }
            int end = -1;
            if (form.quotes() && begin < text.length() && text.charAt(begin) == '"') {
                StringBuilder value = new StringBuilder();
                end = quoted(text, begin, value, false);
                if (end < 0) {
                    StringBuilder other = new StringBuilder();
                    int otherEnd = quoted(text, begin, other, true);
                    end = otherEnd >= 0 ? otherEnd : end;
                    value = otherEnd >= 0 ? other : value;
                }
                if (end == UNCLOSED) {
                    return Found.OPEN;
                }
                if (end >= 0) {
                    values.add(value.toString());
                } else if (goesOver(text, begin)) {
                    return Found.MALFORMED;
                }
            }
            if (end < 0) {
                end = at;
                while (end < text.length() && text.charAt(end) != form.separator()) {
                    end++;
                }
                String value = text.subSequence(at, end).toString();
                values.add(form.blanks() ? value.strip() : value);
            }
            if (end == text.length()) {
                return Found.WHOLE;
            }
            at = end + 1;
        }
    }

    /** Reads a value in quotes; where the separator after it is, or why there is none. */
    private int quoted(CharSequence text, int open, StringBuilder value, boolean backslash) {
        int at = open + 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
            if (next == '"' && (c == '"' || backslash && c == '\\')) {
                value.append('"');
                at += 2;
            } else if (c == '"') {
                int end = at + 1;
                while (end < text.length() && isBlank(text.charAt(end))) {
                    end++;
                }
                return end == text.length() || text.charAt(end) == form.separator()
                        ? end
                        : NO_VALUE;
            } else {
                value.append(c);
                at++;
            }
        }
        return UNCLOSED;
    }

    private boolean isBlank(char c) {
        return c == ' ' && form.separator() != ' ';
    }

    /** Whether the quote is closed on another line than it is opened on. */
    private static boolean goesOver(CharSequence text, int open) {
        for (int i = open + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r') {
                return true;
            }
            if (c == '"' && (i + 1 == text.length() || text.charAt(i + 1) != '"')) {
                return false;
            }
            i += c == '"' ? 1 : 0;
        }
        return false;
    }

    private int peek() throws IOException {
        if (at == filled) {
            base += filled;
            at = 0;
            filled = Math.max(0, in.read(buffer, 0, buffer.length));
        }
        return filled == 0 ? -1 : buffer[at] & 0xff;
    }

    private Line line() throws IOException {
        if (!again.isEmpty()) {
            return again.removeFirst();
        }
        if (peek() < 0) {
            return null;
        }
        long begin = base + at;
        ByteArrayOutputStream before = null;
        boolean whole = true;
        while (peek() >= 0) {
            int from = at;
            while (at < filled && buffer[at] != '\n' && buffer[at] != '\r') {
                at++;
            }
            if (at < filled && before == null) {
                return new Line(begin, ListText.decode(buffer, from, at - from), end());
            }
            before = before == null ? new ByteArrayOutputStream() : before;
            whole &= before.size() + at - from <= LARGEST;
            if (whole) {
                before.write(buffer, from, at - from);
            }
            if (at < filled) {
                return new Line(begin, whole ? text(before) : null, end());
            }
        }
        return new Line(begin, whole ? text(before) : null, "");
    }

    private static String text(ByteArrayOutputStream line) {
        return line == null ? "" : ListText.decode(line.toByteArray(), 0, line.size());
    }

    private String end() throws IOException {
        boolean cr = buffer[at++] == '\r';
        if (!cr) {
            return "\n";
        }
        if (peek() != '\n') {
            return "\r";
        }
        at++;
        return "\r\n";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
