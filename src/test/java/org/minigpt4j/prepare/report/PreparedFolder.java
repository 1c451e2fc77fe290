package org.minigpt4j.prepare.report;

import com.google.gson.JsonObject;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.minigpt4j.nano.scene.SceneWorld;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/**
 * Writes shards as img2dataset does: tars of real pictures, tables with failed rows, statistics.
 */
final class PreparedFolder {

    static final int ROWS = 200;

    static final List<String> HOSTILE =
            List.of(
                    "<script>document.title='owned'</script>a dog",
                    "\"><img src=x onerror=\"document.title='owned'\">",
                    "' onmouseover='document.title=1' a cat </title></style><h1>big</h1>",
                    "\u202Egnp.tac a name turned round\u0000\uD83D",
                    "Averyveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword "
                            + "x".repeat(900),
                    "ภาพแมวสีส้ม \uD83D\uDC08 кошка 猫",
                    "   ");

    private static final String[] CAUSES = {
        "http_404: https://x.org",
        "http_403",
        "connect_timeout",
        "<svg onload=alert(1)>",
        "not_a_picture: html"
    };

    private static final StructType SCHEMA =
            new StructType()
                    .add("key", "string")
                    .add("url", "string")
                    .add("caption", "string")
                    .add("status", "string")
                    .add("error_message", "string")
                    .add("width", "int")
                    .add("height", "int")
                    .add("original_width", "int")
                    .add("original_height", "int")
                    .add("exif", "string")
                    .add("sha256", "string");

    private final SparkSession spark;
    private final Path root;
    private final long start;
    private final SceneWorld world = new SceneWorld(3, 128);

    PreparedFolder(SparkSession spark, Path root, long start) {
        this.spark = spark;
        this.root = root;
        this.start = start;
    }

    /** What a shard holds. */
    record Shard(int successes, int failedToDownload, int failedToResize, int duplicates) {}

    /** Shard {@code number}: {@link #ROWS} rows, every fifth of which failed. */
    Shard write(int number) throws IOException {
        Random random = new Random(number);
        List<Row> rows = new ArrayList<>();
        int[] counts = new int[4];
        String name = String.format(Locale.ROOT, "%05d", number);
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(
                        Files.newOutputStream(root.resolve(name + ".tar")), "UTF-8")) {
            for (int i = 0; i < ROWS; i++) {
                rows.add(row(name, i, random, tar, counts));
            }
        }
        table(name, rows);
        JsonObject stats = new JsonObject();
        stats.addProperty("count", ROWS);
        stats.addProperty("successes", counts[0]);
        stats.addProperty("failed_to_download", counts[1]);
        stats.addProperty("failed_to_resize", counts[2]);
        stats.addProperty("duration", 12.5);
        stats.addProperty("start_time", 1.7e9 + start);
        stats.addProperty("end_time", 1.7e9 + start + 12.5);
        Files.writeString(root.resolve(name + "_stats.json"), stats.toString());
        return new Shard(counts[0], counts[1], counts[2], counts[3]);
    }

    private Row row(String shard, int i, Random random, TarArchiveOutputStream tar, int[] counts)
            throws IOException {
        String key = shard + String.format(Locale.ROOT, "%04d", i);
        String url = url(i, random);
        String caption =
                i < HOSTILE.size() ? HOSTILE.get(i) : world.caption(Integer.parseInt(key) % 5000);
        if (i % 5 == 4) {
            boolean resize = i % 25 == 24;
            boolean twin = i % 25 == 19;
            counts[twin ? 3 : resize ? 2 : 1]++;
            return RowFactory.create(
                    key,
                    url,
                    caption,
                    twin ? "duplicate" : resize ? "failed_to_resize" : "failed_to_download",
                    CAUSES[resize ? 4 : random.nextInt(4)],
                    null,
                    null,
                    null,
                    null,
                    null,
                    null);
        }
        counts[0]++;
        int width = 200 + random.nextInt(1200);
        int height = (int) (width * (0.5 + random.nextDouble()));
        byte[] jpeg = picture(i, random);
        member(tar, key + ".jpg", jpeg);
        member(tar, key + ".txt", caption.getBytes(StandardCharsets.UTF_8));
        member(tar, key + ".json", "{}".getBytes(StandardCharsets.UTF_8));
        return RowFactory.create(
                key, url, caption, "success", null, 256, 256, width, height, "{}", null);
    }

    private static String url(int i, Random random) {
        if (i % 10 == 3) {
            return "not a url \"><b>";
        }
        String host = "img" + random.nextInt(3) + ".example" + random.nextInt(12) + ".org";
        return "https://user@" + host.toUpperCase(Locale.ROOT) + ":8443/p/" + i + ".jpg";
    }

    private byte[] picture(int i, Random random) throws IOException {
        BufferedImage square = world.image(random.nextInt(5000));
        int width = 60 + random.nextInt(68);
        BufferedImage cut = square.getSubimage(0, 0, width, i % 2 == 0 ? 128 : 70);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(cut, "jpg", bytes);
        return bytes.toByteArray();
    }

    private static void member(TarArchiveOutputStream tar, String name, byte[] bytes)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private void table(String name, List<Row> rows) throws IOException {
        Path folder = root.resolve("." + name);
        spark.createDataFrame(rows, SCHEMA)
                .coalesce(1)
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(folder.toString());
        try (Stream<Path> parts = Files.list(folder)) {
            Path part =
                    parts.filter(p -> p.getFileName().toString().matches("part-.*\\.parquet"))
                            .findFirst()
                            .orElseThrow();
            Files.move(part, root.resolve(name + ".parquet"));
        }
    }
}
