package org.minigpt4j.prepare.list;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.io.PlainLocalFileSystem;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.PrepareYaml;
import org.minigpt4j.prepare.plan.Plan;
import org.minigpt4j.prepare.plan.Planner;
import org.minigpt4j.prepare.plan.ShardFolder;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
        builder.config("spark.hadoop.fs.file.impl", PlainLocalFileSystem.class.getName());
        // Other tests of this JVM may have left one with checksums.
        builder.config("spark.hadoop.fs.file.impl.disable.cache", "true");
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
        Map<String, String> plain = Map.of("fs.file.impl", RawLocalFileSystem.class.getName());
        return new PairLists(
                        JavaSparkContext.fromSparkContext(spark.sparkContext()),
                        new RemoteFiles(plain))
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

    @Test
    void aMaskBesideAPictureIsNone() throws Exception {
        put("beside/a.jpg", "photo");
        put("beside/a.png", "mask");
        put("beside/a.mask.png", "mask");
        put("beside/a.txt", "\ufeffone".getBytes(StandardCharsets.UTF_16LE));
        put("beside/b.jpg", "photo");
        put("beside/b.txt", new byte[] {'c', (byte) 0xe9});
        List<String> faults = new ArrayList<>();
        for (Row row : open(temp.resolve("beside")).read(spark).collectAsList()) {
            faults.add(
                    row.isNullAt(4)
                            ? row.getString(1)
                            : row.getString(4).replaceFirst("file:.*/", ""));
        }
        assertEquals(
                List.of(
                        "one",
                        "the caption of b.jpg is not text in UTF-8 from byte 1 on; save it as"
                                + " UTF-8"),
                faults);
        assertEquals(
                List.of(
                        "2 further pictures of a sample, such as a.mask.png, are not taken; of"
                                + " several the first of jpg, jpeg, png, webp is the picture"),
                open(temp.resolve("beside")).notices());
    }

    private Path tar(String file, String[][] members) throws Exception {
        Path tar = temp.resolve(file);
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
            for (String[] member : members) {
                TarArchiveEntry entry = new TarArchiveEntry(member[0]);
                entry.setSize(member[1].getBytes(StandardCharsets.UTF_8).length);
                out.putArchiveEntry(entry);
                out.write(member[1].getBytes(StandardCharsets.UTF_8));
                out.closeArchiveEntry();
            }
        }
        return tar;
    }

    @Test
    void aNameIsANameWhateverItsCharacters() throws Exception {
        String list = "url\tcaption\nhttp://a/1\tone\n";
        for (String name :
                List.of(
                        "_list.tsv",
                        "a:b.tsv",
                        "list[1].tsv",
                        "a*b.tsv",
                        "{1,2}.tsv",
                        "50%20.tsv")) {
            assertEquals(List.of("http://a/1 one"), rows(put(name, list)), name);
            assertEquals(List.of("http://a/1 one"), rows(put("in " + name + "/x.tsv", list)), name);
            assertEquals(List.of("http://a/1 one"), rows(temp.resolve("in " + name)), name);
        }
        put(".list.tsv.crc", "crc\0\0\0\2\0wrong");
        assertEquals(List.of("http://a/1 one"), rows(put("list.tsv", list)));
        put("pictures/_MG_0002.jpg", "bytes");
        put("pictures/Screenshot 12:30:00.jpg", "bytes");
        put("pictures/a#1+2?.jpg", "bytes");
        put("pictures/a#1+2?.txt", "a caption");
        put("pictures/._a.jpg", "a Mac's");
        put("pictures/_SUCCESS", "");
        assertEquals(
                List.of(
                        "Screenshot 12:30:00.jpg null",
                        "_MG_0002.jpg null",
                        "a#1+2?.jpg a caption"),
                open(temp.resolve("pictures")).read(spark).collectAsList().stream()
                        .map(
                                row ->
                                        row.getString(0).replaceFirst(".*/", "")
                                                + " "
                                                + row.getString(1))
                        .sorted()
                        .toList());
    }

    @Test
    void ofSeveralCaptionsEachPairDrawsItsOwn() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            lines.append("{\"url\": \"http://a/%d\", \"caption\": ".formatted(i))
                    .append(i < 40 ? "[\"one\", null, \"two\"]}\n" : "[]}\n");
        }
        PairList list = open(put("several.jsonl", lines.toString()));
        List<String> first = drawn(list, 7, "first");
        assertEquals(60, first.size());
        assertEquals(first, drawn(list, 7, "again"));
        assertNotEquals(first, drawn(list, 8, "other"));
        assertEquals(20, first.stream().filter(pair -> pair.endsWith(" ")).count());
        assertTrue(first.stream().filter(pair -> pair.endsWith(" one")).count() > 8, "" + first);
        assertTrue(first.stream().filter(pair -> pair.endsWith(" two")).count() > 8, "" + first);
    }

    private List<String> drawn(PairList list, long seed, String folder) throws Exception {
        String out = temp.resolve(folder).toString();
        new Planner(JavaSparkContext.fromSparkContext(spark.sparkContext()), seed, 100, Map.of())
                .draw(list, out, new TreeMap<>(), Long.MAX_VALUE, 0, fault -> fail(fault));
        try (ShardFolder store = new ShardFolder(out, Map.of())) {
            return Plan.read(store, 0).stream()
                    .map(pair -> pair.url() + " " + pair.caption())
                    .sorted()
                    .toList();
        }
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
                "20 rows [cut.tar: it ends at byte 92160 without a tar's end mark; it may be"
                        + " incomplete]",
                faults(cut));
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        Files.write(cut, twice);
        assertEquals(
                "40 rows [cut.tar: 0: an earlier sample has the same key (40 lost)]", faults(cut));
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
        for (String name : List.of("packed.tar", "packed.tgz", "packed.tar.gz")) {
            Path gz = temp.resolve(name);
            try (var out = new GZIPOutputStream(Files.newOutputStream(gz))) {
                Files.copy(temp.resolve("mask.tar"), out);
            }
            List<Row> unpacked = open(gz).read(spark).collectAsList();
            for (int i = 0; i < 2; i++) {
                assertEquals(rows.get(i).getString(1), unpacked.get(i).getString(1));
                String span = rows.get(i).getString(2).split("#")[1];
                assertTrue(
                        unpacked.get(i).getString(2).endsWith("/" + name + "#gzip:" + span), name);
            }
            assertEquals("2 rows []", faults(gz));
        }
        Path zst = put("packed.tar.zst", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0});
        String packed = faults(zst);
        assertTrue(packed.contains("is packed (zstd)") && packed.contains("zstd -d"), packed);
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
        refused("_x.parquet", "PAR1", "rename ");
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

    /** Address, caption and fault of each row, in order; files without their folders. */
    private List<String> rows(Path list, String... options) throws Exception {
        List<String> rows = new ArrayList<>();
        for (Row row : open(list, options).read(spark).collectAsList()) {
            rows.add(
                    row.isNullAt(4)
                            ? row.getString(0) + " " + row.getString(1)
                            : row.getString(4).replaceFirst("^file:.*/", ""));
        }
        rows.sort(null);
        return rows;
    }

    private Path put(String file, String text) throws Exception {
        return put(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private Path put(String file, byte[] bytes) throws Exception {
        Path path = temp.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.write(path, bytes);
    }

    @Test
    void eachFileIsReadByItsOwnColumns() throws Exception {
        List<String> pairs = List.of("http://a/1 one", "http://a/2 two");
        put("order/a.csv", "url,caption\nhttp://a/1,one\n");
        put("order/b.csv", "caption,url\ntwo,http://a/2\n");
        assertEquals(pairs, rows(temp.resolve("order")));
        put("more/a.csv", "url,caption\nhttp://a/1,one\n");
        put("more/b.csv", "id,url,caption\n7,http://a/2,two\n");
        put("more/empty.csv", "\n");
        assertEquals(pairs, rows(temp.resolve("more")));
        put("split/part-aa", "caption\tid\turl\none\t1\thttp://a/1\n");
        put("split/part-ab", "two\t2\thttp://a/2\n");
        assertEquals(pairs, rows(temp.resolve("split")));
        assertEquals(
                pairs,
                rows(
                        temp.resolve("split"),
                        "sources.web.url_column=url",
                        "sources.web.caption_column=caption"));
        put("late/part-aa", "two\t2\thttp://a/2\n");
        put("late/part-ab", "caption\tid\turl\none\t1\thttp://a/1\n");
        assertEquals(pairs, rows(temp.resolve("late")));
        put("keys/a.jsonl", "{\"url\": \"http://a/1\", \"caption\": \"one\"}\n");
        put("keys/b.jsonl", "{\"URL\": \"http://a/2\", \"TEXT\": \"two\"}\n");
        assertEquals(pairs, rows(temp.resolve("keys")));
        String description = open(temp.resolve("keys")).description();
        assertTrue(
                description.endsWith("; in b.jsonl addresses in \"URL\", captions in \"TEXT\""),
                description);
        put("mixed/a.jsonl", "{\"URL\": \"http://a/1\", \"TEXT\": \"one\"}\n");
        put("mixed/b.tsv", "two\thttp://a/2\n");
        assertEquals(pairs, rows(temp.resolve("mixed")));
        spark.sql("select 'http://a/1' as URL, 'one' as TEXT")
                .write()
                .parquet(temp.resolve("tables/a").toString());
        spark.sql("select 'two' as caption, 'http://a/2' as url, 1 as id")
                .write()
                .parquet(temp.resolve("tables/b").toString());
        assertEquals(pairs, rows(temp.resolve("tables")));
        put("other/a.csv", "url,caption\nhttp://a/1,one\n");
        put("other/b.csv", "a,b,c\n1,2,3\n");
        UsageException error =
                assertThrows(UsageException.class, () -> open(temp.resolve("other")));
        assertTrue(error.getMessage().contains("other/b.csv"), error.getMessage());
    }

    @Test
    void headersAreReadByTheParserOfTheRows() throws Exception {
        List<String> pairs = List.of("http://a/1 one", "http://a/2 two");
        assertEquals(
                pairs,
                rows(put("index.csv", ",url,caption\n0,http://a/1,one\n1,http://a/2,two\n")));
        assertEquals(
                pairs, rows(put("last.csv", "url,caption,\nhttp://a/1,one,\nhttp://a/2,two,\n")));
        assertEquals(
                pairs, rows(put("rows.csv", "url,caption\nhttp://a/1,one,\nhttp://a/2,two,\n")));
        assertEquals(
                pairs,
                rows(
                        put(
                                "r.csv",
                                "\"url\",\"caption\"\n"
                                        + "\"1\",\"http://a/1\",\"one\"\n"
                                        + "\"2\",\"http://a/2\",\"two\"\n")));
        assertEquals(
                pairs,
                rows(put("blank.csv", "url, caption\nhttp://a/1, one\nhttp://a/2, \"two\"\n")));
        assertEquals(
                pairs,
                rows(
                        put(
                                "quoted.csv",
                                "\"url\",\"caption, long\"\nhttp://a/1,one\nhttp://a/2,two\n")));
        assertEquals(
                pairs,
                rows(put("first.csv", "\n\nurl,caption\n\nhttp://a/1,one\n\nhttp://a/2,two\n")));
        assertEquals(
                pairs,
                rows(put("sep.csv", "sep=,\nurl,caption\nhttp://a/1,one\nhttp://a/2,two\n")));
        assertEquals(pairs, rows(put("semi.csv", "url;caption\nhttp://a/1;one\nhttp://a/2;two\n")));
        assertEquals(
                pairs, rows(put("cr.tsv", "url\tcaption\rhttp://a/1\tone\rhttp://a/2\ttwo\r")));
        assertEquals(
                pairs,
                rows(
                        put(
                                "quotes.tsv",
                                "\"url\"\t\"caption\"\nhttp://a/1\tone\nhttp://a/2\t\"two\"\n")));
        assertEquals(
                pairs,
                rows(put("id.csv", "ID,id,url,caption\n1,2,http://a/1,one\n1,2,http://a/2,two\n")));
        assertEquals(
                List.of("http://a/1 a dog, running", "http://a/2 two"),
                rows(put("none.csv", "\"a dog, running\",http://a/1\ntwo,http://a/2\n")));
        assertEquals(
                List.of(
                        "http://a/1 one",
                        "more.csv: the row at byte 27: it has 3 values, but there are 2 columns"),
                rows(put("more.csv", "url,caption\nhttp://a/1,one\nhttp://a/2,a dog, running\n")));
    }

    @Test
    void anOpenQuoteCostsItsRow() throws Exception {
        String open = "the row at byte 12: a quote that opens a value is not closed";
        assertEquals(
                List.of("http://a/2 two", "http://a/3 three", "open.csv: " + open),
                rows(
                        put(
                                "open.csv",
                                "url,caption\n"
                                        + "http://a/1,\"one\n"
                                        + "http://a/2,two\n"
                                        + "http://a/3,\"three\"\n")));
        assertEquals(
                List.of("end.csv: " + open),
                rows(put("end.csv", "url,caption\nhttp://a/1,\"one\n")));
        assertEquals(
                List.of(
                        "http://a/2 two \"2\"",
                        "http://a/3 three",
                        "turned.csv: the row at byte 12: "
                                + "a quote that opens a value is not closed"),
                rows(
                        put(
                                "turned.csv",
                                "caption,url\n"
                                        + "\"one,http://a/1\n"
                                        + "\"two \"\"2\"\"\",http://a/2\n"
                                        + "three,http://a/3\n")));
        assertEquals(
                List.of(
                        "http://a/1 one\nand two",
                        "http://a/2 he said \"a, b\"",
                        "http://a/3 5\" wide"),
                rows(
                        put(
                                "fine.csv",
                                "url,caption\n"
                                        + "http://a/1,\"one\n"
                                        + "and two\"\n"
                                        + "http://a/2,\"he said \\\"a, b\\\"\"\n"
                                        + "http://a/3,5\" wide\n")));
    }

    @Test
    void eachFileIsReadInItsOwnCharacters() throws Exception {
        String csv = "url,caption\nhttp://a/1,caf\u00e9 \ud83d\ude00\n";
        List<String> pairs = List.of("http://a/1 caf\u00e9 \ud83d\ude00");
        String json = "[{\"url\": \"http://a/1\", \"caption\": \"caf\u00e9 \ud83d\ude00\"}]";
        String sbu = "{\"urls\": [\"http://a/1\"], \"captions\": [\"caf\u00e9 \ud83d\ude00\"]}";
        for (String charset : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE")) {
            for (String mark : List.of("\ufeff", "")) {
                if (charset.equals("UTF-32LE") && mark.isEmpty()) {
                    continue;
                }
                String file = charset + mark.length();
                assertEquals(pairs, rows(put(file + ".csv", (mark + csv).getBytes(charset))), file);
                assertEquals(
                        pairs,
                        rows(put(file + ".tsv", (mark + csv.replace(",", "\t")).getBytes(charset))),
                        file);
                assertEquals(
                        pairs, rows(put(file + ".json", (mark + json).getBytes(charset))), file);
                assertEquals(
                        pairs, rows(put(file + "s.json", (mark + sbu).getBytes(charset))), file);
            }
        }
        byte[] latin =
                StandardCharsets.ISO_8859_1
                        .encode("url\tcaption\nhttp://a/1\tone\nhttp://a/2\tcaf\u00e9 two\n")
                        .array();
        assertEquals(
                List.of(
                        "http://a/1 one",
                        "latin.tsv: the row at byte 27: it is not UTF-8 after \"caf\"; save it"
                                + " as UTF-8 or UTF-16"),
                rows(put("latin.tsv", latin)));
        byte[] object =
                StandardCharsets.ISO_8859_1
                        .encode("{\"url\": \"http://a/1\", \"caption\": \"caf\u00e9\"}")
                        .array();
        assertEquals(
                List.of(
                        "latin.jsonl: the object at byte 0: it is not UTF-8 after \"caf\"; save it"
                                + " as UTF-8 or UTF-16"),
                rows(put("latin.jsonl", object)));
    }

    @Test
    void columnsOfParquetThatNobodyNeedsDoNoHarm() throws Exception {
        MessageType schema =
                MessageTypeParser.parseMessageType(
                        "message m { required binary url (STRING); required int32 id; required"
                                + " int32 ID; required int64 fetched (TIMESTAMP(NANOS,false)); required"
                                + " int32 t (TIME(MILLIS,true)); required group caption (LIST) {"
                                + " repeated group list { optional binary element (STRING); } } }");
        Path file = temp.resolve("odd[1] a:b*.parquet");
        try (ParquetWriter<Group> writer =
                ExampleParquetWriter.builder(new LocalOutputFile(file)).withType(schema).build()) {
            for (int i = 0; i < 40; i++) {
                Group row = new SimpleGroup(schema);
                row.append("url", "http://a/" + i).append("id", i).append("ID", -i);
                row.append("fetched", 1L).append("t", 1);
                Group texts = row.addGroup("caption");
                texts.addGroup("list").append("element", "one");
                texts.addGroup("list");
                texts.addGroup("list").append("element", "two");
                writer.write(row);
            }
        }
        PairList list = open(file);
        assertEquals(
                List.of(
                        "columns that cannot be read are left out: fetched (INT64"
                                + " TIMESTAMP(NANOS,false)), t (INT32 TIME(MILLIS,true))"),
                list.notices());
        Row row = list.read(spark).where("url = 'http://a/7'").first();
        assertEquals("{\"id\":7,\"ID\":-7}", row.getString(3));
        assertEquals(List.of("one", "two"), row.getList(5));
    }
}
