package org.minigpt4j.prepare.list;

import com.google.gson.JsonObject;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Comma- and tab-separated values. Each file is read by its own header, characters and separator
 * ({@link SeparatedFile}). A file in which no value spans lines is read by as many tasks as it has
 * {@link #PART}s, others by one.
 */
record SeparatedList(List<ListFile> files, List<SeparatedFile> tables, Map<String, String> hadoop)
        implements PairList {

    private static final long PART = 64L << 20;

    static SeparatedList open(
            String name,
            PrepareSourceConfig source,
            List<ListFile> files,
            RemoteFiles store,
            char separator)
            throws IOException {
        List<SeparatedFile.Head> heads = new ArrayList<>();
        for (ListFile file : files) {
            SeparatedFile.Head head = SeparatedFile.Head.of(file, store, separator);
            if (head.rows().isEmpty() && files.size() == 1) {
                throw new UsageException(
                        "sources.%s.path: %s is empty".formatted(name, file.address()));
            }
            heads.add(head);
        }
        heads.removeIf(head -> head.rows().isEmpty());
        List<SeparatedFile> tables = new ArrayList<>();
        for (SeparatedFile.Head head : heads) {
            tables.add(head.table(name, source, heads));
        }
        if (tables.isEmpty()) {
            throw new UsageException(
                    "sources.%s.path: all %d files are empty".formatted(name, files.size()));
        }
        return new SeparatedList(
                tables.stream().map(SeparatedFile::file).toList(),
                List.copyOf(tables),
                store.options());
    }

    @Override
    public String description() {
        String by =
                switch (tables.get(0).form().separator()) {
                    case '\t' -> "tab";
                    case ',' -> "comma";
                    case ';' -> "semicolon";
                    default -> "'%s'".formatted(tables.get(0).form().separator());
                };
        return "%s-separated values (%s), %s"
                .formatted(
                        by,
                        PairLists.amount(files),
                        Columns.description(
                                files, tables.stream().map(SeparatedFile::columns).toList()));
    }

    private record Part(SeparatedFile table, long start, long end) implements Serializable {}

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        List<Part> parts = new ArrayList<>();
        for (SeparatedFile table : tables) {
            long length = table.file().length();
            boolean whole =
                    table.form().quotes()
                            || table.file().isPacked()
                            || !table.charset().equals(StandardCharsets.UTF_8.name());
            for (long start = 0; start == 0 || !whole && start < length; start += PART) {
                long end = whole ? Long.MAX_VALUE : Math.min(start + PART, length);
                parts.add(new Part(table, start, end));
            }
        }
        Map<String, String> options = hadoop;
        return context.parallelize(parts, parts.size()).flatMap(part -> new Rows(part, options));
    }

    /** The rows that begin in a part; what it opens is closed when they are at their end. */
    private static final class Rows implements Iterator<Row> {

        private final Part part;
        private final RemoteFiles files;
        private final Separated rows;
        private Separated.Item next;

        Rows(Part part, Map<String, String> hadoop) throws IOException {
            this.part = part;
            this.files = new RemoteFiles(hadoop);
            SeparatedFile table = part.table();
            if (part.start() == 0) {
                this.rows = table.open(files);
            } else {
                // A line belongs to the part in which it begins, so the byte before counts.
                long before = part.start() - 1;
                InputStream in = files.readFrom(table.file().address(), before);
                this.rows = table.rows(in, before);
                rows.skipLine();
            }
            advance();
        }

        private void advance() {
            try {
                do {
                    next = rows.next();
                } while (next != null && next.at() < part.table().dataAt());
                if (next == null || next.at() >= part.end()) {
                    next = null;
                    rows.close();
                    files.close();
                }
            } catch (IOException e) {
                throw new FailedException(
                        "%s cannot be read: %s".formatted(part.table().file().address(), e), e);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Row next() {
            Row row = row(part.table(), next);
            advance();
            return row;
        }
    }

    private static Row row(SeparatedFile table, Separated.Item item) {
        List<String> names = table.names();
        List<String> values = item.values();
        String fault = item.fault();
        if (values != null && values.size() > names.size()) {
            if (values.subList(names.size(), values.size()).stream().anyMatch(v -> !v.isEmpty())) {
                fault =
                        "it has %d values, but there are %d columns"
                                .formatted(values.size(), names.size());
            }
        }
        if (fault != null) {
            return PairList.broken(
                    "%s: the row at byte %d: %s"
                            .formatted(table.file().address(), item.at(), fault));
        }
        JsonObject extra = new JsonObject();
        for (String name : table.columns().others()) {
            String value = value(values, names.indexOf(name));
            if (value != null) {
                extra.addProperty(name, value);
            }
        }
        return PairList.row(
                value(values, names.indexOf(table.columns().url())),
                value(values, names.indexOf(table.columns().caption())),
                null,
                extra.isEmpty() ? null : extra.toString());
    }

    private static String value(List<String> values, int column) {
        String value = column < values.size() ? values.get(column) : "";
        return value.isEmpty() ? null : value;
    }
}
