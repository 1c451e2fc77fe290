package org.minigpt4j.prepare.list;

import com.google.gson.JsonObject;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.text.CaptionJson;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * WebDataset tars, to be filtered, resized or sampled anew. Each is walked once for its captions;
 * pictures are passed over and read later from where they lie. A tar that is cut short gives what
 * is whole in it and a row that tells.
 */
record TarList(List<ListFile> files, Map<String, String> hadoop) implements PairList {

    private static final int BLOCK = 512;

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
        Map<String, String> options = hadoop;
        return spark.createDataFrame(
                context.parallelize(files, files.size()).flatMap(file -> rows(file, options)), ROW);
    }

    private static Iterator<Row> rows(ListFile file, Map<String, String> hadoop)
            throws IOException {
        String address = file.address();
        List<Row> rows = new ArrayList<>();
        try (RemoteFiles files = new RemoteFiles(hadoop);
                InputStream bytes = new BufferedInputStream(files.read(address), 1 << 16);
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(bytes, StandardCharsets.UTF_8.name())) {
            Sample sample = new Sample(address, "");
            long end = 0;
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (!entry.isFile()) {
                    continue;
                }
                String member = entry.getName();
                int dot = member.indexOf('.', member.lastIndexOf('/') + 1);
                String key = dot < 0 ? member : member.substring(0, dot);
                if (!key.equals(sample.key)) {
                    sample.addTo(rows);
                    sample = new Sample(address, key);
                }
                end = tar.getBytesRead() + entry.getSize();
                if (end > file.length()) {
                    // Passing over what is not there is no error to the stream.
                    rows.add(cut(file, "inside its member " + member));
                    return rows.iterator();
                }
                String ending = member.substring(dot + 1).toLowerCase(Locale.ROOT);
                if (PairLists.IMAGES.contains(ending)) {
                    sample.place = address + "#" + tar.getBytesRead() + "+" + entry.getSize();
                } else if (ending.equals("txt")) {
                    sample.text = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
                } else if (ending.equals("json")) {
                    sample.json =
                            CaptionJson.parse(
                                    new String(tar.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            sample.addTo(rows);
            if (end + BLOCK > file.length()) {
                rows.add(cut(file, "without the mark of a tar's end"));
            } else if (!isEmptyToTheEnd(bytes)) {
                rows.add(PairList.broken(address + ": there is more behind the tar's end"));
            }
        } catch (IOException e) {
            throw new IOException(address + " cannot be read to its end: " + e.getMessage(), e);
        }
        return rows.iterator();
    }

    private static Row cut(ListFile file, String where) {
        return PairList.broken(
                "%s: it ends at byte %d, %s".formatted(file.address(), file.length(), where));
    }

    /** What follows a tar's end is padding; more would be a second tar, lost unseen. */
    private static boolean isEmptyToTheEnd(InputStream in) throws IOException {
        byte[] rest = new byte[BLOCK];
        for (int read = in.read(rest); read > 0; read = in.read(rest)) {
            for (int i = 0; i < read; i++) {
                if (rest[i] != 0) {
                    return false;
                }
            }
        }
        return true;
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
                    PairList.row(
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
            return CaptionJson.text(json, name).orElse(null);
        }
    }
}
