package org.minigpt4j.prepare.list;

import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A file of separated values.
 *
 * @param charset the name of its characters
 * @param mark how many bytes the mark of UTF-8 has
 * @param dataAt the byte at which its first row begins, after a header
 * @param names of all columns; "1", "2" ... where the file gives none
 */
record SeparatedFile(
        ListFile file,
        String charset,
        int mark,
        Separated.Form form,
        long dataAt,
        List<String> names,
        Columns columns)
        implements Serializable {

    private static final int LOOKED_AT = 100;

    /** Its rows, from the first byte of the file on. */
    Separated open(RemoteFiles files) throws IOException {
        InputStream in = PairLists.open(files, file.address());
        return rows(ListText.utf8(in, Charset.forName(charset)), mark);
    }

    /** Its rows from one of its bytes on. */
    Separated rows(InputStream in, long start) {
        int url = names.indexOf(columns.url());
        return new Separated(
                in,
                start,
                form,
                values ->
                        names.size() > 1
                                && values.size() <= names.size()
                                && url < values.size()
                                && Columns.isAddress(values.get(url)));
    }

    /**
     * The first rows of a file.
     *
     * @param header whether the first of the rows holds names
     */
    record Head(
            ListFile file,
            Charset charset,
            int mark,
            Separated.Form form,
            List<Separated.Item> rows,
            boolean header) {

        static Head of(ListFile file, RemoteFiles store, char separator) throws IOException {
            byte[] bytes = PairLists.head(store, file, PairLists.HEAD);
            Charset charset = ListText.charset(bytes);
            boolean cutOff = bytes.length == PairLists.HEAD;
            Separated.Form form = form(bytes, charset, separator);
            List<Separated.Item> rows = rows(bytes, charset, form, cutOff);
            if (!rows.isEmpty() && isSeparatorLine(rows.get(0).values())) {
                rows.remove(0);
            }
            boolean header =
                    !rows.isEmpty() && rows.get(0).values().stream().noneMatch(Columns::isAddress);
            return new Head(file, charset, ListText.markLength(bytes), form, rows, header);
        }

        /** What a spreadsheet writes into the first line, such as {@code sep=;}. */
        private static boolean isSeparatorLine(List<String> values) {
            return values.get(0).strip().toLowerCase(Locale.ROOT).matches("sep=.?");
        }

        /** The separator that the first line shows, and whether values are quoted. */
        private static Separated.Form form(byte[] bytes, Charset charset, char usual)
                throws IOException {
            Separated.Form lines = new Separated.Form('\0', false, false);
            List<Separated.Item> first = rows(bytes, charset, lines, false);
            String line = first.isEmpty() ? "" : first.get(0).values().get(0);
            char separator = usual;
            if (line.strip().matches("(?i)sep=.")) {
                separator = line.strip().charAt("sep=".length());
                line = first.size() < 2 ? "" : first.get(1).values().get(0);
            } else if (line.indexOf(usual) < 0) {
                for (char other : new char[] {'\t', ';', ',', '|'}) {
                    if (line.indexOf(other) >= 0) {
                        separator = other;
                        break;
                    }
                }
            }
            // Captions after tabs are full of single quotes; they count where all names have them.
            boolean quotes =
                    separator != '\t'
                            || line.matches("\"[^\"\t]*\"(\t\"[^\"\t]*\")+")
                                    && !line.contains("://");
            Separated.Form plain = new Separated.Form(separator, quotes, false);
            boolean blanks = isBlankBeforeValues(rows(bytes, charset, plain, false));
            return new Separated.Form(separator, quotes, blanks);
        }

        /** Whether a blank follows each separator: {@code url, caption}. */
        private static boolean isBlankBeforeValues(List<Separated.Item> rows) {
            List<List<String>> several =
                    rows.stream()
                            .map(Separated.Item::values)
                            .filter(values -> values.size() > 1)
                            .toList();
            return !several.isEmpty()
                    && several.get(0).stream().skip(1).allMatch(value -> value.startsWith(" "));
        }

        private static List<Separated.Item> rows(
                byte[] bytes, Charset charset, Separated.Form form, boolean cutOff)
                throws IOException {
            List<Separated.Item> rows = new ArrayList<>();
            try (Separated separated =
                    new Separated(
                            ListText.utf8(new ByteArrayInputStream(bytes), charset),
                            ListText.markLength(bytes),
                            form,
                            values ->
                                    values.size() > 1
                                            && values.stream().anyMatch(Columns::isAddress))) {
                for (Separated.Item item = separated.next();
                        item != null && rows.size() < LOOKED_AT;
                        item = separated.next()) {
                    boolean blank =
                            item.values() != null
                                    && item.values().stream().allMatch(String::isBlank);
                    if (item.values() != null && !blank) {
                        rows.add(item);
                    }
                }
            }
            if (cutOff && rows.size() > 1 && rows.size() < LOOKED_AT) {
                rows.remove(rows.size() - 1);
            }
            return rows;
        }

        private List<Separated.Item> data() {
            return rows.subList(header ? 1 : 0, rows.size());
        }

        private List<List<String>> values(int columns) {
            return data().stream()
                    .map(Separated.Item::values)
                    .filter(values -> values.size() == columns)
                    .toList();
        }

        /** The columns; a file without a header has those of one of the others that fits. */
        SeparatedFile table(String list, PrepareSourceConfig source, List<Head> all) {
            List<String> names = header ? named() : numbered(rows.get(0).values().size());
            Columns columns = null;
            if (!header) {
                for (Head other : all) {
                    List<String> theirs = other.header ? other.named() : List.of();
                    if (theirs.size() == names.size()) {
                        Columns found = other.find(list, source, theirs);
                        int url = theirs.indexOf(found.url());
                        if (values(theirs.size()).stream()
                                .allMatch(row -> Columns.isAddress(row.get(url)))) {
                            names = theirs;
                            columns = found;
                            break;
                        }
                    }
                }
            }
            if (columns == null) {
                columns = find(list, source, names);
            }
            long dataAt = header ? rows.get(0).at() + 1 : rows.get(0).at();
            return new SeparatedFile(file, charset.name(), mark, form, dataAt, names, columns);
        }

        private Columns find(String list, PrepareSourceConfig source, List<String> names) {
            Columns found =
                    Columns.find(list, file.address(), names, () -> values(names.size()), source);
            // A separator after the last value makes a column of nothing.
            List<String> used =
                    found.others().stream()
                            .filter(
                                    name ->
                                            !name.equals("" + (names.indexOf(name) + 1))
                                                    || values(names.size()).stream()
                                                            .anyMatch(
                                                                    row ->
                                                                            !row.get(
                                                                                            names
                                                                                                    .indexOf(
                                                                                                            name))
                                                                                    .isBlank()))
                            .toList();
            return new Columns(found.url(), found.caption(), used);
        }

        private static List<String> numbered(int columns) {
            return IntStream.rangeClosed(1, columns).mapToObj(i -> "" + i).toList();
        }

        /** The header's names; a column without one has its number. */
        private List<String> named() {
            List<String> header = new ArrayList<>(rows.get(0).values());
            List<List<String>> data = data().stream().map(Separated.Item::values).toList();
            // R leaves out the name of the first column, which holds row numbers.
            boolean unnamedFirst =
                    !data.isEmpty()
                            && data.stream()
                                    .allMatch(
                                            values ->
                                                    values.size() == header.size() + 1
                                                            && !values.get(header.size())
                                                                    .isBlank());
            if (unnamedFirst) {
                header.add(0, "");
            }
            List<String> names = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < header.size(); i++) {
                String name = header.get(i).strip();
                name = name.isEmpty() || !seen.add(name) ? "" + (i + 1) : name;
                names.add(name);
            }
            return names;
        }
    }
}
