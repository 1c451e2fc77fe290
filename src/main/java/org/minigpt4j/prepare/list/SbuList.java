package org.minigpt4j.prepare.list;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One JSON object of parallel arrays, as SBU publishes its list: {@code {"image_urls": [...],
 * "captions": [...]}}. The file is read by two cursors, one in each array.
 */
record SbuList(List<ListFile> files, List<Arrays> arrays, Map<String, String> hadoop)
        implements PairList {

    /** The names of a file's arrays, and its characters. */
    record Arrays(String address, String urls, String captions, String charset)
            implements Serializable {}

    static SbuList open(
            String name, PrepareSourceConfig source, List<ListFile> files, RemoteFiles store)
            throws IOException {
        List<Arrays> arrays = new ArrayList<>();
        for (ListFile file : files) {
            arrays.add(arrays(name, source, file, store));
        }
        return new SbuList(files, arrays, store.options());
    }

    private static Arrays arrays(
            String name, PrepareSourceConfig source, ListFile file, RemoteFiles store)
            throws IOException {
        Charset charset = ListText.charset(PairLists.head(store, file, PairLists.HEAD));
        List<String> names = new ArrayList<>();
        try (JsonReader json = reader(store, file.address(), charset)) {
            json.beginObject();
            while (json.hasNext()) {
                names.add(json.nextName());
                json.skipValue();
            }
        } catch (IllegalStateException e) {
            throw new UsageException(
                    "sources.%s.path: %s is no object of arrays".formatted(name, file.address()),
                    e);
        }
        String urls = source.urlColumn().orElseGet(() -> like(names, "url"));
        String captions = source.captionColumn().orElseGet(() -> like(names, "caption"));
        if (!names.contains(urls) || !names.contains(captions)) {
            throw new UsageException(
                    "sources.%s: name the arrays of addresses and captions in url_column and caption_column; %s has %s"
                            .formatted(name, file.address(), String.join(", ", names)));
        }
        return new Arrays(file.address(), urls, captions, charset.name());
    }

    private static String like(List<String> names, String word) {
        return names.stream().filter(name -> name.contains(word)).findFirst().orElse("");
    }

    private static JsonReader reader(RemoteFiles store, String address, Charset charset)
            throws IOException {
        return new JsonReader(ListText.reader(PairLists.open(store, address), charset));
    }

    @Override
    public String description() {
        Arrays first = arrays.get(0);
        String differing =
                arrays.stream()
                        .filter(
                                other ->
                                        !other.urls().equals(first.urls())
                                                || !other.captions().equals(first.captions()))
                        .map(
                                other ->
                                        "; in %s addresses in \"%s\", captions in \"%s\""
                                                .formatted(
                                                        other.address(),
                                                        other.urls(),
                                                        other.captions()))
                        .collect(Collectors.joining());
        return "parallel JSON arrays (%s), addresses in \"%s\", captions in \"%s\"%s"
                .formatted(PairLists.amount(files), first.urls(), first.captions(), differing);
    }

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        Map<String, String> options = hadoop;
        return context.parallelize(arrays, arrays.size()).flatMap(file -> new Rows(file, options));
    }

    private static final class Rows implements Iterator<Row> {

        private final String address;
        private final Charset charset;
        private final RemoteFiles files;
        private final JsonReader urls;
        private final JsonReader captions;
        private boolean more;
        private long index;

        Rows(Arrays file, Map<String, String> hadoop) throws IOException {
            this.address = file.address();
            this.charset = Charset.forName(file.charset());
            this.files = new RemoteFiles(hadoop);
            this.urls = at(file.urls());
            this.captions = at(file.captions());
            look();
        }

        private JsonReader at(String array) throws IOException {
            JsonReader json = reader(files, address, charset);
            json.beginObject();
            while (!json.nextName().equals(array)) {
                json.skipValue();
            }
            json.beginArray();
            return json;
        }

        private void look() throws IOException {
            more = urls.hasNext();
            if (more != captions.hasNext()) {
                throw new FailedException(address + ": the two arrays differ in length");
            }
            if (!more) {
                urls.close();
                captions.close();
                files.close();
            }
        }

        @Override
        public boolean hasNext() {
            return more;
        }

        @Override
        public Row next() {
            try {
                String url = text(urls);
                String caption = text(captions);
                String unreadable = ListText.isUnreadable(url) ? url : caption;
                Row row =
                        ListText.isUnreadable(unreadable)
                                ? PairList.broken(
                                        "%s: entry %d of the arrays: %s"
                                                .formatted(
                                                        address, index, ListText.fault(unreadable)))
                                : PairList.row(url, caption, null, null);
                index++;
                look();
                return row;
            } catch (IOException e) {
                throw new FailedException(address + ": " + e.getMessage(), e);
            }
        }

        private static String text(JsonReader json) throws IOException {
            if (json.peek() == JsonToken.NULL) {
                json.nextNull();
                return null;
            }
            return json.nextString();
        }
    }
}
