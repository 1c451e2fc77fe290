package org.minigpt4j.io;

import java.io.PrintWriter;

/**
 * A terminal's writer that removes escape sequences and other harmful characters from all output,
 * see {@link ForeignText#clean}. A carriage return is kept at the beginning and the end of a single
 * write, because progress lines overwrite themselves this way.
 */
public final class ForeignWriter extends PrintWriter {

    /** Writes to {@code out}, and flushes it when this writer is flushed. */
    public ForeignWriter(PrintWriter out) {
        super(out, true);
    }

    @Override
    public void write(String text, int offset, int length) {
        String printed = text.substring(offset, offset + length);
        if (printed.equals(System.lineSeparator())) {
            super.write(printed, 0, printed.length());
            return;
        }
        boolean begins = printed.startsWith("\r");
        boolean ends = printed.length() > 1 && printed.endsWith("\r");
        String inner = printed.substring(begins ? 1 : 0, printed.length() - (ends ? 1 : 0));
        String clean = (begins ? "\r" : "") + ForeignText.clean(inner) + (ends ? "\r" : "");
        super.write(clean, 0, clean.length());
    }

    @Override
    public void write(char[] text, int offset, int length) {
        write(new String(text, offset, length));
    }

    @Override
    public void write(int c) {
        if (Character.isSurrogate((char) c)) {
            super.write(c); // half of a surrogate pair; the other half follows
        } else {
            write(Character.toString((char) c));
        }
    }
}
