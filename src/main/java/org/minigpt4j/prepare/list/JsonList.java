package org.minigpt4j.prepare.list;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Arrays of flat JSON objects, as BLIP's lists are, or an object a line. Each file is read by its
 * own keys, by as many tasks as it has {@link #PART}s; none holds more than an object of it. An
 * object that is broken costs its row ({@link JsonObjects}).
 */
record JsonList(List<ListFile> files, List<Layout> layouts, Map<String, String> hadoop)
        implements PairList {

    private static final long PART = 64L << 20;
    private static final int LOOKED_AT = 100;

    /**
     * How a file is laid out.
     *
     * @param divisible whether its objects hold no objects, as far as was looked
     */
    record Layout(Columns columns, String charset, boolean divisible) implements Serializable {}

    static JsonList open(
            String name, PrepareSourceConfig source, List<ListFile> files, RemoteFiles store)
            throws IOException {
        List<Layout> layouts = new ArrayList<>();
        for (ListFile file : files) {
            layouts.add(layout(name, source, file, store));
        }
        return new JsonList(files, layouts, store.options());
    }

    private static Layout layout(
            String name, PrepareSourceConfig source, ListFile file, RemoteFiles store)
            throws IOException {
        byte[] head = PairLists.head(store, file, PairLists.HEAD);
        Charset charset = ListText.charset(head);
        Set<String> names = new LinkedHashSet<>();
        List<JsonObject> first = new ArrayList<>();
        boolean flat = true;
        String fault = "there is none in it";
        InputStream text = ListText.utf8(new ByteArrayInputStream(head), charset);
        try (JsonObjects objects = new JsonObjects(text, 0, Long.MAX_VALUE, false)) {
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
                            .formatted(name, file.address(), fault));
        }
        List<String> all = List.copyOf(names);
        List<List<String>> rows =
                first.stream()
                        .map(object -> all.stream().map(key -> text(object.get(key))).toList())
                        .toList();
        Columns columns = Columns.find(name, file.address(), all, () -> rows, source);
        return new Layout(columns, charset.name(), flat);
    }

    private static boolean isNested(JsonElement value) {
        return value.isJsonObject() || value.isJsonArray();
    }

    private static String text(JsonElement value) {
        return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
    }

    @Override
    public String description() {
        return "JSON objects (%s), %s"
                .formatted(
                        PairLists.amount(files),
                        Columns.description(files, layouts.stream().map(Layout::columns).toList()));
    }

    private record Part(String address, Layout layout, long start, long end)
            implements Serializable {}

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            ListFile file = files.get(i);
            Layout layout = layouts.get(i);
            boolean whole =
                    !layout.divisible()
                            || file.isPacked()
                            || !layout.charset().equals(StandardCharsets.UTF_8.name());
            for (long start = 0; start == 0 || !whole && start < file.length(); start += PART) {
                long end = whole ? Long.MAX_VALUE : Math.min(start + PART, file.length());
                parts.add(new Part(file.address(), layout, start, end));
            }
        }
        Map<String, String> options = hadoop;
        return context.parallelize(parts, parts.size()).flatMap(part -> new Rows(part, options));
    }

    /** The rows of a part; what it opens is closed when they are at their end. */
    private static final class Rows implements Iterator<Row> {

        private final Part part;
        private final RemoteFiles files;
        private final JsonObjects objects;
        private JsonObjects.Item next;

        Rows(Part part, Map<String, String> hadoop) throws IOException {
            this.part = part;
            this.files = new RemoteFiles(hadoop);
            InputStream in =
                    part.start() == 0
                            ? ListText.utf8(
                                    PairLists.open(files, part.address()),
                                    Charset.forName(part.layout().charset()))
                            : files.readFrom(part.address(), part.start());
            this.objects = new JsonObjects(in, part.start(), part.end(), part.layout().divisible());
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
                        "%s: %s; fix the list there, or end it before"
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
                            ? broken(next.fault())
                            : row(next.object(), part.layout().columns());
            advance();
            return row;
        }

        private Row broken(String fault) {
            return PairList.broken(
                    "%s: the object at byte %d: %s".formatted(part.address(), next.at(), fault));
        }

        private Row row(JsonObject object, Columns columns) {
            JsonElement caption = object.get(columns.caption());
            List<String> captions = new ArrayList<>();
            if (caption != null && caption.isJsonArray()) {
                caption.getAsJsonArray().forEach(text -> captions.add(string(text)));
                captions.removeIf(Objects::isNull);
            }
            String url = string(object.get(columns.url()));
            String text = captions.isEmpty() ? string(caption) : String.join(" ", captions);
            if (ListText.isUnreadable(url) || ListText.isUnreadable(text)) {
                return broken(ListText.fault(ListText.isUnreadable(url) ? url : text));
            }
            JsonObject extra = new JsonObject();
            for (String name : columns.others()) {
                if (object.has(name) && object.get(name).isJsonPrimitive()) {
                    extra.add(name, object.get(name));
                }
            }
            String others = extra.isEmpty() ? null : extra.toString();
            return captions.isEmpty()
                    ? PairList.row(url, text, null, others)
                    : PairList.row(url, captions, others);
        }

        private static String string(JsonElement value) {
            return value == null || !value.isJsonPrimitive() ? null : value.getAsString();
        }
    }
}
