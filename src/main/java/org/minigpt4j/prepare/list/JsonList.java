package org.minigpt4j.prepare.list;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Arrays of flat JSON objects, as BLIP's lists are, or an object a line. A file is read by as many
 * tasks as it has {@link #PART}s; none holds more than an object of it. An object that is broken
 * costs its row ({@link JsonObjects}).
 *
 * @param divisible whether its objects hold no objects, as far as was looked
 */
record JsonList(
        List<ListFile> files, Columns columns, boolean divisible, Map<String, String> hadoop)
        implements PairList {

    private static final long PART = 64L << 20;
    private static final int LOOKED_AT = 100;

    static JsonList open(
            String name, PrepareSourceConfig source, List<ListFile> files, RemoteFiles store)
            throws IOException {
        byte[] head = PairLists.head(store, files.get(0), PairLists.HEAD);
        Set<String> names = new LinkedHashSet<>();
        List<JsonObject> first = new ArrayList<>();
        boolean flat = true;
        String fault = "there is none in it";
        try (JsonObjects objects =
                new JsonObjects(new ByteArrayInputStream(head), 0, Long.MAX_VALUE, false)) {
            for (JsonObjects.Item item = objects.next();
                    item != null && first.size() < LOOKED_AT;
                    item = objects.next()) {
                if (item.object() == null) {
                    fault = "the object at byte %d: %s".formatted(item.at(), item.fault());
                    continue;
                }
                first.add(item.object());
                names.addAll(item.object().keySet());
                flat &= item.object().asMap().values().stream().noneMatch(JsonList::isNested);
            }
        } catch (JsonObjects.EndlessException cutOff) {
            // What was read of the file's beginning ends inside an object, as a rule.
            fault = cutOff.getMessage();
        }
        if (names.isEmpty()) {
            throw new UsageException(
                    "sources.%s.path: %s is no list of JSON objects: %s"
                            .formatted(name, files.get(0).address(), fault));
        }
        List<String> all = List.copyOf(names);
        List<List<String>> rows =
                first.stream()
                        .map(object -> all.stream().map(key -> text(object.get(key))).toList())
                        .toList();
        Columns columns = Columns.find(name, all, rows, source);
        return new JsonList(files, columns, flat, store.options());
    }

    private static boolean isNested(JsonElement value) {
        return value.isJsonObject() || value.isJsonArray();
    }

    private static String text(JsonElement value) {
        return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
    }

    @Override
    public String description() {
        return "JSON objects (%s), %s".formatted(PairLists.amount(files), columns.description());
    }

    private record Part(String address, long start, long end, boolean flat)
            implements Serializable {}

    @Override
    public Dataset<Row> read(SparkSession spark) {
        List<Part> parts = new ArrayList<>();
        for (ListFile file : files) {
            if (!divisible || PairLists.isPacked(file.address())) {
                parts.add(new Part(file.address(), 0, Long.MAX_VALUE, divisible));
                continue;
            }
            for (long start = 0; start < file.length(); start += PART) {
                long end = Math.min(start + PART, file.length());
                parts.add(new Part(file.address(), start, end, true));
            }
        }
        Columns wanted = columns;
        Map<String, String> options = hadoop;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return spark.createDataFrame(
                context.parallelize(parts, parts.size())
                        .flatMap(part -> new Rows(part, wanted, options)),
                ROW);
    }

    /** The rows of a part; what it opens is closed when they are at their end. */
    private static final class Rows implements Iterator<Row> {

        private final Part part;
        private final Columns columns;
        private final RemoteFiles files;
        private final JsonObjects objects;
        private JsonObjects.Item next;

        Rows(Part part, Columns columns, Map<String, String> hadoop) throws IOException {
            this.part = part;
            this.columns = columns;
            this.files = new RemoteFiles(hadoop);
            InputStream in =
                    part.start() == 0
                            ? PairLists.open(files, part.address())
                            : files.readFrom(part.address(), part.start());
            this.objects = new JsonObjects(in, part.start(), part.end(), part.flat());
            advance();
        }

        private void advance() {
            try {
                next = objects.next();
                if (next == null) {
                    objects.close();
                    files.close();
                }
            } catch (JsonObjects.EndlessException e) {
                throw new UsageException(
                        "%s: %s; mend the list there, or end it"
                                .formatted(part.address(), e.getMessage()),
                        e);
            } catch (IOException e) {
                throw new FailedException(part.address() + ": " + e.getMessage(), e);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Row next() {
            Row row =
                    next.object() == null
                            ? PairList.broken(
                                    "%s: the object at byte %d: %s"
                                            .formatted(part.address(), next.at(), next.fault()))
                            : row(next.object(), columns);
            advance();
            return row;
        }
    }

    private static Row row(JsonObject object, Columns columns) {
        JsonObject extra = new JsonObject();
        for (String name : columns.others()) {
            if (object.has(name) && object.get(name).isJsonPrimitive()) {
                extra.add(name, object.get(name));
            }
        }
        return PairList.row(
                string(object.get(columns.url())),
                string(object.get(columns.caption())),
                null,
                extra.isEmpty() ? null : extra.toString());
    }

    private static String string(JsonElement value) {
        return value == null || !value.isJsonPrimitive() ? null : value.getAsString();
    }
}
