package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.IntSupplier;

/** A last line of a terminal that is written over, and never longer than the terminal is wide. */
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
     * Shows parts beside each other, as many of the first ones as fit whole.
     *
     * @param parts the most important first
     */
    void show(List<String> parts) {
        int room = columns.getAsInt() - 1; // in the last column some terminals begin a new line
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

    /** Makes room for a line that stays. */
    void clear() {
        if (width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            width = 0;
        }
    }

    /** Leaves what is shown and begins a new line. */
    void end() {
        if (width > 0) {
            out.println();
            out.flush();
            width = 0;
        }
    }
}
