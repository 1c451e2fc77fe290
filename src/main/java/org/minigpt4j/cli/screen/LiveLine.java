package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.IntSupplier;

/** The last line of a terminal, updated in place and never longer than the terminal is wide. */
final class LiveLine {

    private static final String GAP = "  ";

    private final PrintWriter out;
    private final IntSupplier columns;
    private int width;

    LiveLine(PrintWriter out, IntSupplier columns) {
        this.out = out;
        this.columns = columns;
    }

    /**
     * Shows parts next to each other, as many as fit completely.
     *
     * @param parts the most important first
     */
    void show(List<String> parts) {
        int room = columns.getAsInt() - 1; // some terminals wrap when the last column is written
        var line = new StringBuilder();
        for (String part : parts) {
            int longer = line.length() + (line.isEmpty() ? 0 : GAP.length()) + part.length();
            if (longer > room) {
                break;
            }
            line.append(line.isEmpty() ? "" : GAP).append(part);
        }
        out.print("\r" + line + " ".repeat(Math.max(0, Math.min(width, room) - line.length())));
        out.flush();
        width = line.length();
    }

    /** Clears the line so that a permanent line can be printed. */
    void clear() {
        if (width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            width = 0;
        }
    }

    /** Keeps the current text and starts a new line. */
    void end() {
        if (width > 0) {
            out.println();
            out.flush();
            width = 0;
        }
    }
}
