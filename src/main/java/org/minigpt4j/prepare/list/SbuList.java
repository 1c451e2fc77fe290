package org.minigpt4j.prepare.list;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * One JSON object of parallel arrays, as SBU publishes its list: {@code {"image_urls": [...],
 * "captions": [...]}}. The file is read by two cursors, one in each array.
 */
record SbuList(List<ListFile> files, String urls, String captions, Map<String, String> hadoop)
        implements PairList {

    static SbuList open(
            String name, PrepareSourceConfig source, List<ListFile> files, RemoteFiles store)
            throws IOException {
        List<String> names = new ArrayList<>();
        try (JsonReader json = reader(store, files.get(0).address())) {
            json.beginObject();
            while (json.hasNext()) {
                names.add(json.nextName());
                json.skipValue();
            }
        } catch (IllegalStateException e) {
            throw new UsageException(
                    "sources.%s.path: %s is no object of arrays"
                            .formatted(name, files.get(0).address()),
                    e);
        }
        String urls = source.urlColumn().orElseGet(() -> like(names, "url"));
        String captions = source.captionColumn().orElseGet(() -> like(names, "caption"));
        if (!names.contains(urls) || !names.contains(captions)) {
            throw new UsageException(
                    "sources.%s: name the arrays of addresses and captions in url_column and caption_column; the list has %s"
                            .formatted(name, String.join(", ", names)));
        }
        return new SbuList(files, urls, captions, store.options());
    }

    private static String like(List<String> names, String word) {
        return names.stream().filter(name -> name.contains(word)).findFirst().orElse("");
    }

    private static JsonReader reader(RemoteFiles store, String address) throws IOException {
        return new JsonReader(
                new InputStreamReader(PairLists.open(store, address), StandardCharsets.UTF_8));
    }

    @Override
    public String description() {
        return "parallel JSON arrays (%s), addresses in \"%s\", captions in \"%s\""
                .formatted(PairLists.amount(files), urls, captions);
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
        String urlArray = urls;
        String captionArray = captions;
        Map<String, String> options = hadoop;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        List<String> addresses = files.stream().map(ListFile::address).toList();
        return spark.createDataFrame(
                context.parallelize(addresses, addresses.size())
                        .flatMap(address -> new Rows(address, urlArray, captionArray, options)),
                ROW);
    }

    private static final class Rows implements Iterator<Row> {

        private final String address;
        private final RemoteFiles files;
        private final JsonReader urls;
        private final JsonReader captions;
        private boolean more;

        Rows(String address, String urlArray, String captionArray, Map<String, String> hadoop)
                throws IOException {
            this.address = address;
            this.files = new RemoteFiles(hadoop);
            this.urls = at(urlArray);
            this.captions = at(captionArray);
            look();
        }

        private JsonReader at(String array) throws IOException {
            JsonReader json = reader(files, address);
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
                Row row = PairList.row(text(urls), text(captions), null, null);
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
