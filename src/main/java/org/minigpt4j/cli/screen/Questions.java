package org.minigpt4j.cli.screen;

import java.io.BufferedReader;
import java.io.IOException;

/**
 * Reads questions line by line. Lines between two {@code """} form one question; in a terminal, so
 * do lines that are pasted together. Commands, which begin with a slash, are always separate.
 */
public final class Questions {

    private static final String QUOTES = "\"\"\"";

    /** How long to wait for more pasted text, because terminals deliver it in pieces. */
    private static final int PASTE_MILLIS = 30;

    private final BufferedReader in;
    private final boolean terminal;
    private String ahead;

    /**
     * Reads from {@code in}.
     *
     * @param terminal whether {@code in} is a terminal
     */
    public Questions(BufferedReader in, boolean terminal) {
        this.in = in;
        this.terminal = terminal;
    }

    /**
     * Returns the next question or command without surrounding blanks; null at the end of the
     * input.
     */
    public String next() throws IOException, InterruptedException {
        String line = line();
        if (line == null) {
            return null;
        }
        if (line.strip().startsWith(QUOTES)) {
            return quoted(line.strip().substring(QUOTES.length()));
        }
        return terminal && !isCommand(line) ? pasted(line) : line.strip();
    }

    private String line() throws IOException {
        String line = ahead == null ? in.readLine() : ahead;
        ahead = null;
        return line;
    }

    private static boolean isCommand(String line) {
        return line.strip().startsWith("/");
    }

    private String quoted(String first) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = first; line != null; line = line()) {
            int end = line.indexOf(QUOTES);
            if (end >= 0) {
                return text.append(line, 0, end).toString().strip();
            }
            text.append(line).append('\n');
        }
        return text.toString().strip();
    }

    private String pasted(String first) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder(first);
        while (isMore()) {
            String line = in.readLine();
            if (line == null) {
                break;
            }
            if (isCommand(line) || line.strip().startsWith(QUOTES)) {
                ahead = line;
                break;
            }
            text.append('\n').append(line);
        }
        return text.toString().strip();
    }

    private boolean isMore() throws IOException, InterruptedException {
        if (!in.ready()) {
            Thread.sleep(PASTE_MILLIS);
        }
        return in.ready();
    }
}
