package org.minigpt4j.prepare.list;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.PrepareYaml;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;

/** Every kind of list, read by Spark. */
class PairListsIT {

    private static SparkSession spark;

    @TempDir private Path temp;

    @BeforeAll
    static void start() {
        SparkSession.Builder builder = SparkSession.builder().master("local[2]");
        PrepareYaml.local().forEach(builder::config);
        spark = builder.getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void everyLayoutGivesItsPairs() throws Exception {
        check(
                "list.json",
                "[{\"url\": \"http://a/1\", \"caption\": \"one\"}, {\"url\": \"http://a/2\","
                        + " \"caption\": \"two, \\\"2\\\"\"}]",
                "JSON objects");
        check(
                "lines.jsonl",
                "{\"caption\": \"one\", \"url\": \"http://a/1\"}\n"
                        + "{\"caption\": \"two, \\\"2\\\"\", \"url\": \"http://a/2\"}\n",
                "JSON objects");
        check(
                "sbu.json",
                "{\"image_urls\": [\"http://a/1\", \"http://a/2\"], \"user_ids\": [1, 2],"
                        + " \"captions\": [\"one\", \"two, \\\"2\\\"\"]}",
                "parallel JSON arrays");
        check("cc3m.tsv", "one\thttp://a/1\ntwo, \"2\"\thttp://a/2\n", "tab-separated");
        check(
                "cc12m.tsv",
                "url\tcaption\nhttp://a/1\tone\nhttp://a/2\ttwo, \"2\"\n",
                "tab-separated");
        check(
                "list.csv",
                "caption,url\none,http://a/1\n\"two, \"\"2\"\"\",http://a/2\n",
                "comma-separated");
    }

    private void check(String file, String text, String description) throws Exception {
        Path list = Files.writeString(temp.resolve(file), text);
        assertPairs(list, description);
        Path packed = temp.resolve(file + ".gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        assertPairs(packed, description);
    }

    private void assertPairs(Path list, String description) throws Exception {
        PairList opened = open(list);
        assertTrue(opened.description().startsWith(description), opened.description());
        List<String> pairs = new ArrayList<>();
        for (Row row : opened.read(spark).orderBy("url").collectAsList()) {
            pairs.add(row.getString(0) + " " + row.getString(1));
        }
        assertEquals(List.of("http://a/1 one", "http://a/2 two, \"2\""), pairs, list.toString());
    }

    private PairList open(Path list, String... options) throws Exception {
        PrepareConfig config = PrepareYaml.of(temp, list, "out", "127.0.0.1", options);
        return new PairLists(spark, new RemoteFiles(Map.of()))
                .open("web", config.sources().get("web"));
    }

    @Test
    void laionsTablesKeepTheirOtherColumns() throws Exception {
        spark.sql(
                        "select 'http://a/1' as URL, 'one' as TEXT, 0.25d as similarity, 'UNLIKELY'"
                                + " as NSFW")
                .write()
                .parquet(temp.resolve("laion").toString());
        PairList list = open(temp.resolve("laion"));
        assertTrue(list.description().contains("parquet"), list.description());
        Row row = list.read(spark).first();
        assertEquals("http://a/1", row.getString(0));
        assertEquals("one", row.getString(1));
        assertEquals("{\"similarity\":0.25,\"NSFW\":\"UNLIKELY\"}", row.getString(3));
    }

    @Test
    void picturesAndTarsTellWhereTheirBytesLie() throws Exception {
        Path images = Files.createDirectories(temp.resolve("images"));
        Files.writeString(images.resolve("a.jpg"), "first bytes");
        Files.writeString(images.resolve("a.txt"), "one\n");
        Files.writeString(images.resolve("a.json"), "{\"url\": \"http://a\"}");
        Files.writeString(images.resolve("b.png"), "second");
        Files.writeString(images.resolve("b.json"), "{\"caption\": \"two\"}");
        Files.writeString(images.resolve("b.txt"), "not this");
        Files.writeString(images.resolve("d.gif"), "no decoder reads it");
        Files.writeString(images.resolve("c.png"), "third");
        Files.writeString(images.resolve("c.json"), "{\"caption\": \"cut sh");
        List<Row> rows = open(images).read(spark).orderBy("url").collectAsList();
        assertEquals(3, rows.size());
        assertEquals(null, rows.get(2).getString(1));
        assertEquals("one", rows.get(0).getString(1));
        assertEquals("two", rows.get(1).getString(1));
        assertTrue(rows.get(0).getString(2).endsWith("images/a.jpg"), rows.toString());

        Path tar =
                tar(
                        "x.tar",
                        new String[][] {
                            {"0.txt", "one"},
                            {"0.jpg", "first bytes"},
                            {"1.jpg", "second"},
                            {
                                "1.json",
                                "{\"url\": \"http://b\", \"key\": \"1\", \"caption\": \"two\","
                                        + " \"similarity\": 0.25}"
                            },
                            {"2.json", "{\"caption\": \"cut sh"},
                            {"2.jpg", "third"},
                            {"2.txt", "three"}
                        });
        byte[] bytes = Files.readAllBytes(tar);
        List<String> found = new ArrayList<>();
        for (Row row : open(tar).read(spark).orderBy("caption").collectAsList()) {
            String[] span = row.getString(2).replaceFirst(".*#", "").split("\\+");
            int at = Integer.parseInt(span[0]);
            found.add(row.getString(1) + ": " + new String(bytes, at, Integer.parseInt(span[1])));
            assertEquals(
                    row.getString(1).equals("two") ? "{\"similarity\":0.25}" : null,
                    row.getString(3),
                    "a column for filters");
        }
        assertEquals(List.of("one: first bytes", "three: third", "two: second"), found);
    }

    private Path tar(String file, String[][] members) throws Exception {
        Path tar = temp.resolve(file);
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
            for (String[] member : members) {
                TarArchiveEntry entry = new TarArchiveEntry(member[0]);
                entry.setSize(member[1].length());
                out.putArchiveEntry(entry);
                out.write(member[1].getBytes(StandardCharsets.UTF_8));
                out.closeArchiveEntry();
            }
        }
        return tar;
    }

    /** The faults of a list, file names without folders, and how many rows are whole. */
    private String faults(Path list) throws Exception {
        List<Row> rows = open(list).read(spark).collectAsList();
        List<String> faults = new ArrayList<>();
        for (Row row : rows) {
            String fault = row.getString(4);
            assertEquals(fault == null, row.getString(0) != null, row.toString());
            if (fault != null) {
                faults.add(fault.replaceFirst("^file:.*/", ""));
            }
        }
        return rows.size() - faults.size() + " rows " + faults;
    }

    @Test
    void aTarThatIsCutShortGivesWhatIsWholeAndTells() throws Exception {
        String[][] members = new String[80][];
        for (int i = 0; i < 40; i++) {
            members[2 * i] = new String[] {i + ".jpg", "x".repeat(3000)};
            members[2 * i + 1] = new String[] {i + ".txt", "caption"};
        }
        byte[] whole = Files.readAllBytes(tar("whole.tar", members));
        assertEquals("40 rows []", faults(temp.resolve("whole.tar")));
        int sample = 512 + 3072 + 512 + 512;
        Path cut = temp.resolve("cut.tar");
        Files.write(cut, Arrays.copyOf(whole, 20 * sample + 2000));
        assertEquals(
                "20 rows [cut.tar: it ends at byte 94160, inside the member at byte 92160; a pair"
                        + " is lost]",
                faults(cut));
        Files.write(cut, Arrays.copyOf(whole, 20 * sample));
        assertEquals(
                "20 rows [cut.tar: it ends at byte 92160, without the mark of a tar's end; there"
                        + " may have been more]",
                faults(cut));
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        Files.write(cut, twice);
        assertEquals("40 rows [cut.tar: 0: the key came before (40 lost)]", faults(cut));
    }

    @Test
    void tarsAreReadAsInTraining() throws Exception {
        tar(
                "mask.tar",
                new String[][] {
                    {"a.jpg", "photo"},
                    {"a.png", "mask"},
                    {"b.txt", "text b"},
                    {"a.txt", "text a"},
                    {"b.seg.png", "mask"},
                    {"b.jpg", "photo b"},
                });
        List<Row> rows = open(temp.resolve("mask.tar")).read(spark).collectAsList();
        assertEquals(
                List.of("text a", "text b"), rows.stream().map(row -> row.getString(1)).toList());
        String tar = Files.readString(temp.resolve("mask.tar"), StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 2; i++) {
            String[] place = rows.get(i).getString(2).split("[#+]");
            int at = Integer.parseInt(place[1]);
            assertTrue(tar.substring(at, at + Integer.parseInt(place[2])).startsWith("photo"));
        }
        assertEquals("2 rows []", faults(temp.resolve("mask.tar")));
        tar("dots.tar", new String[][] {{"a.1.jpg", "x"}, {"a.1.txt", "x"}, {"a.2.jpg", "x"}});
        String dots = faults(temp.resolve("dots.tar"));
        assertTrue(dots.startsWith("0 rows [") && dots.contains("(2 lost)"), dots);
        Path gz = temp.resolve("packed.tar");
        try (var out = new java.util.zip.GZIPOutputStream(Files.newOutputStream(gz))) {
            Files.copy(temp.resolve("mask.tar"), out);
        }
        String packed = faults(gz);
        assertTrue(packed.contains("is packed (gzip)") && packed.contains("gzip -d"), packed);
        tar("latin.tar", new String[][] {{"a.jpg", "x"}, {"a.txt", "x"}});
        byte[] latin = Files.readAllBytes(temp.resolve("latin.tar"));
        latin[3 * 512 + 0] = (byte) 0xE9;
        Files.write(temp.resolve("latin.tar"), latin);
        String broken = faults(temp.resolve("latin.tar"));
        assertTrue(broken.contains("the caption of a is not text in UTF-8"), broken);
    }

    @Test
    void aBrokenObjectCostsItsRow() throws Exception {
        List<String> objects = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            objects.add("{\"url\": \"http://a/" + i + "\", \"caption\": \"c\"}");
        }
        objects.add(2000, "{\"url\": \"http://a\" bad, \"caption\": \"c\"}");
        objects.add(2500, "{\"url\": \"http://a, \"caption\": \"c\"}");
        int at = ("[" + String.join(", ", objects.subList(0, 2000)) + ", ").length();
        Path list =
                Files.writeString(
                        temp.resolve("broken.json"), "[" + String.join(", ", objects) + "]");
        String faults = faults(list);
        assertTrue(faults.startsWith("3000 rows [broken.json: the object at byte " + at), faults);
        objects.set(objects.size() - 1, "{\"url\": \"http://a/2999\", \"capt");
        Files.writeString(list, "[" + String.join(", ", objects));
        UsageException error =
                assertThrows(
                        UsageException.class, () -> rethrow(() -> open(list).read(spark).count()));
        assertTrue(error.getMessage().contains("the file ends inside it"), error.getMessage());
    }

    /** What ended a task, without what Spark puts around it. */
    private static void rethrow(Callable<Long> work) throws Throwable {
        try {
            work.call();
        } catch (Exception e) {
            Throwable cause = e;
            while (cause.getCause() != null && !(cause instanceof UsageException)) {
                cause = cause.getCause();
            }
            throw cause;
        }
    }

    @Test
    void aMarkOfUtf8BeforeAListIsNoPartOfIt() throws Exception {
        check(
                "mark.tsv",
                "\uFEFFurl\tcaption\nhttp://a/1\tone\nhttp://a/2\ttwo, \"2\"\n",
                "tab-separated");
        check(
                "mark.csv",
                "\uFEFFurl,caption\nhttp://a/1,one\nhttp://a/2,\"two, \"\"2\"\"\"\n",
                "comma-separated");
        check(
                "mark.json",
                "\uFEFF[{\"url\": \"http://a/1\", \"caption\": \"one\"}, {\"url\": \"http://a/2\","
                        + " \"caption\": \"two, \\\"2\\\"\"}]",
                "JSON objects");
    }

    @Test
    void whatIsNoListIsToldByItsFileAndKey() throws Exception {
        byte[] nothing;
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            new GZIPOutputStream(bytes).close();
            nothing = bytes.toByteArray();
        }
        refused("nothing.csv.gz", nothing, "is empty");
        refused("twice.csv", "url,caption,URL\nhttp://a/1,one,http://a/2\n", "column \"URL\"");
        refused("x.parquet", "PAR1 no more than this", "cannot be read as parquet");
        refused("empty.json", "[]", "is no list of JSON objects");
        refused("numbers.json", "[1, 2, 3]", "is no list of JSON objects");
        refused("head.json", "[{\"url\": \"a, \"caption\": \"b\"}]", "the object at byte 1: ");
        UsageException missing =
                assertThrows(UsageException.class, () -> open(temp.resolve("missing{0..1}.json")));
        assertTrue(
                missing.getMessage().startsWith("sources.web.path: there is no "),
                missing.getMessage());
    }

    private void refused(String file, String text, String why) throws Exception {
        refused(file, text.getBytes(StandardCharsets.UTF_8), why);
    }

    private void refused(String file, byte[] bytes, String why) throws Exception {
        Path list = Files.write(temp.resolve(file), bytes);
        UsageException error = assertThrows(UsageException.class, () -> open(list), file);
        String message = error.getMessage();
        assertTrue(message.startsWith("sources.web.path: "), message);
        assertTrue(message.contains(file) && message.contains(why), message);
    }

    @Test
    void whatCannotBeToldIsAskedFor() throws Exception {
        Path list = Files.writeString(temp.resolve("x.csv"), "id,where,a,b\n1,http://a/1,x,y\n");
        UsageException error = assertThrows(UsageException.class, () -> open(list));
        assertTrue(error.getMessage().contains("sources.web.caption_column"), error.getMessage());
        assertEquals(
                "x", open(list, "sources.web.caption_column=a").read(spark).first().getString(1));
        UsageException wrong =
                assertThrows(
                        UsageException.class, () -> open(list, "sources.web.url_column=address"));
        assertTrue(wrong.getMessage().contains("id, where, a, b"), wrong.getMessage());
    }
}
