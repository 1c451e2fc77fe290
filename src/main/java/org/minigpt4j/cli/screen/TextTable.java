package org.minigpt4j.cli.screen;

import org.minigpt4j.io.ForeignText;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A text table with a header, in which each column is as wide as its widest cell. */
public final class TextTable {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    /** A double represents all whole numbers below this exactly. */
    private static final double WHOLE = 1L << 53;

    /** Maximum length of a cell in characters; a prompt template still fits. */
    private static final int MOST = 6_000;

    private static final int WIDEST = 120;

    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();

    /** Creates an empty table with these column headings. */
    public TextTable(String... head) {
        this(List.of(head));
    }

    /** Creates an empty table with these column headings. */
    public TextTable(List<String> head) {
        this.head = head.stream().map(ForeignText::line).toList();
    }

    /** Adds a row; cells are cleaned of control characters and limited in length. */
    public void row(List<String> cells) {
        rows.add(cells.stream().map(cell -> ForeignText.line(cell, MOST)).toList());
    }

    public List<String> head() {
        return head;
    }

    public List<List<String>> rows() {
        return rows;
    }

    /** Prints the table with its columns aligned. */
    public void print(PrintWriter out) {
        List<List<String>> all = new ArrayList<>(List.of(printed(head)));
        rows.forEach(row -> all.add(printed(row)));
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

    /**
     * The row as printed. Cells are shortened except in the last column, because a long one would
     * widen every row.
     */
    private static List<String> printed(List<String> row) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            cells.add(i < row.size() - 1 ? ForeignText.line(row.get(i), WIDEST) : row.get(i));
        }
        return cells;
    }

    /** Formats a number with five digits; whole numbers with all their digits. */
    public static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < WHOLE
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.5g", value);
    }

    /** Formats a metric's value; bytes in MB. */
    public static String figure(String metric, double value) {
        return metric.endsWith("_bytes") && Double.isFinite(value)
                ? String.format(Locale.ROOT, "%,.0f MB", value / 1e6)
                : figure(value);
    }

    /** Formats a time, given in milliseconds since 1970, in the local time zone. */
    public static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
    }
}
