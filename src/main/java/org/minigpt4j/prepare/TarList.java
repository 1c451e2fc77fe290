package org.minigpt4j.prepare;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.io.RemoteFiles;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * WebDataset tars, to be filtered, resized or sampled anew. Each is walked once for its captions;
 * pictures are passed over and read later from where they lie.
 */
record TarList(List<ListFile> files, Map<String, String> hadoop) implements PairList {

    private static final Set<String> IMAGES = Set.of("jpg", "jpeg", "png", "webp");

    /** What img2dataset's and our own shards say of a pair; it is found out anew. */
    private static final Set<String> OURS =
            Set.of(
                    "url",
                    "caption",
                    "key",
                    "status",
                    "error_message",
                    "width",
                    "height",
                    "original_width",
                    "original_height",
                    "exif",
                    "sha256",
                    "phash");

    @Override
    public String description() {
        return "WebDataset tars (%s)".formatted(PairLists.amount(files));
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        List<String> addresses = files.stream().map(ListFile::address).toList();
        Map<String, String> options = hadoop;
        return spark.createDataFrame(
                context.parallelize(addresses, addresses.size())
                        .flatMap(address -> rows(address, options)),
                ROW);
    }

    private static Iterator<Row> rows(String address, Map<String, String> hadoop)
            throws IOException {
        List<Row> rows = new ArrayList<>();
        try (RemoteFiles files = new RemoteFiles(hadoop);
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(
                                new BufferedInputStream(files.read(address), 1 << 16),
                                StandardCharsets.UTF_8.name())) {
            Sample sample = new Sample(address, "");
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (!entry.isFile()) {
                    continue;
                }
                String file = entry.getName();
                int dot = file.indexOf('.', file.lastIndexOf('/') + 1);
                String key = dot < 0 ? file : file.substring(0, dot);
                if (!key.equals(sample.key)) {
                    sample.addTo(rows);
                    sample = new Sample(address, key);
                }
                String ending = file.substring(dot + 1).toLowerCase(Locale.ROOT);
                if (IMAGES.contains(ending)) {
                    sample.place = address + "#" + tar.getBytesRead() + "+" + entry.getSize();
                } else if (ending.equals("txt")) {
                    sample.text = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
                } else if (ending.equals("json")) {
                    sample.json = object(new String(tar.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            sample.addTo(rows);
        } catch (IOException e) {
            throw new IOException(address + " cannot be read to its end: " + e.getMessage(), e);
        }
        return rows.iterator();
    }

    /** What a text says; an object without keys if it is not JSON's. */
    static JsonObject object(String text) {
        try {
            return JsonParser.parseString(text) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (JsonParseException e) {
            return new JsonObject();
        }
    }

    /** Consecutive members whose names agree up to the first dot. */
    private static final class Sample {

        private final String address;
        private final String key;
        private String place;
        private String text;
        private JsonObject json = new JsonObject();

        Sample(String address, String key) {
            this.address = address;
            this.key = key;
        }

        void addTo(List<Row> rows) {
            if (place == null) {
                return;
            }
            String url = field("url");
            String caption = field("caption");
            rows.add(
                    RowFactory.create(
                            url == null ? address + "#" + key : url,
                            caption == null ? text : caption,
                            place,
                            extra()));
        }

        /** Columns of the list that the shard was made of. */
        private String extra() {
            JsonObject extra = json.deepCopy();
            OURS.forEach(extra::remove);
            return extra.isEmpty() ? null : extra.toString();
        }

        private String field(String name) {
            return json.get(name) instanceof JsonPrimitive value ? value.getAsString() : null;
        }
    }
}
