package org.minigpt4j.cli.screen;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of text under a head, each column as wide as its widest cell. */
public final class TextTable {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    /** Whole numbers below this are told exactly by a double. */
    private static final double WHOLE = 1L << 53;

    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(String... head) {
        this(List.of(head));
    }

    public TextTable(List<String> head) {
        this.head = List.copyOf(head);
    }

    public void row(List<String> cells) {
        rows.add(List.copyOf(cells));
    }

    public List<String> head() {
        return head;
    }

    public List<List<String>> rows() {
        return rows;
    }

    public void print(PrintWriter out) {
        List<List<String>> all = new ArrayList<>(List.of(head));
        all.addAll(rows);
        int[] widths = new int[head.size()];
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : all) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    /** A number in five digits; a whole one with all of its own. */
    public static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < WHOLE
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.5g", value);
    }

    public static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
    }
}
