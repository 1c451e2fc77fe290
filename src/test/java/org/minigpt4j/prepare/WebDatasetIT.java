package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.data.StoredPairs;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.prepare.fetch.TestPictures;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Shards between us and Python: {@code shards.py} among the test's resources reads ours by
 * webdataset's rules and writes others as img2dataset does. It needs no packages.
 */
class WebDatasetIT {

    private static final Path SCRIPT = Path.of("src/test/resources/python/shards.py");
    private static final int PICTURES = 45;

    @TempDir private Path temp;

    @BeforeAll
    static void python() {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3"))),
                "no python3 on this machine; .ci/run installs one");
    }

    @Test
    void pythonReadsOurShards() throws Exception {
        Path images = Files.createDirectories(temp.resolve("images"));
        Map<String, String> captions = new TreeMap<>();
        for (int i = 0; i < PICTURES; i++) {
            // All that JSON, tar and text may stumble over; a name with dots.
            String caption =
                    "n\u00ba "
                            + i
                            + ": \"\u017c\u00f3\u0142w\", \u6f22\u5b57 \ud83d\udc22 \\ / 'a\tb'";
            String name = "picture.of." + i;
            Files.write(images.resolve(name + ".jpg"), TestPictures.jpeg(i));
            Files.writeString(images.resolve(name + ".txt"), caption);
            captions.put(name + ".jpg", caption);
        }
        PrepareYaml.run(
                PrepareYaml.of(
                        temp,
                        images,
                        temp.resolve("out").toString(),
                        "127.0.0.1",
                        "prepare.samples_per_shard=20"));
        PreparedFolder folder = PreparedFolder.read(temp + "/out/web", Map.of());
        assertEquals(PICTURES, folder.pictures.size());

        List<String> command = new ArrayList<>(List.of("read"));
        for (var shard : folder.manifest.getAsJsonArray("shards")) {
            String tar = shard.getAsJsonObject().get("path").getAsString();
            command.add(temp.resolve("out/web").resolve(tar).toString());
        }
        assertEquals(4, command.size(), "three shards: " + command);
        List<String> keys = new ArrayList<>();
        for (String line : python(command)) {
            JsonObject sample = JsonParser.parseString(line).getAsJsonObject();
            String key = sample.get("key").getAsString();
            keys.add(key);
            PairRow row = folder.rows.get(key);
            assertEquals("[\"jpg\",\"txt\",\"json\"]", sample.get("members").toString());
            assertEquals(row.url(), sample.get("url").getAsString());
            String caption = captions.remove(row.url().substring(row.url().lastIndexOf('/') + 1));
            assertEquals(caption, sample.get("caption").getAsString(), key);
            assertEquals(caption, sample.get("json_caption").getAsString(), key);
            assertEquals(
                    new Sha256().update(ByteBuffer.wrap(folder.pictures.get(key))).hex(),
                    sample.get("jpg_sha256").getAsString());
        }
        assertEquals(List.copyOf(folder.pictures.keySet()), keys, "each once, in our order");
        assertEquals(Map.of(), captions);
    }

    @Test
    void weReadShardsOfImg2dataset() throws Exception {
        Path shards = Files.createDirectories(temp.resolve("shards"));
        List<String> expected = new ArrayList<>();
        for (int shard = 0; shard < 2; shard++) {
            List<String> command =
                    new ArrayList<>(List.of("write", shards + "/0000" + shard + ".tar"));
            for (int i = 0; i < 10; i++) {
                int number = 10 * shard + i;
                Path jpeg = temp.resolve(number + ".jpg");
                Files.write(jpeg, TestPictures.jpeg(number));
                String key = "0000%d000%d".formatted(shard, i);
                String caption = "\u017c\u00f3\u0142w, number " + number;
                command.add(key + "=" + jpeg + "=" + caption);
                expected.add(key + " " + caption);
            }
            assertEquals(List.of(), python(command));
        }
        List<String> read = new ArrayList<>();
        try (StoredPairs pairs =
                StoredPairs.shards(
                        List.of(shards + "/{00000..00001}.tar"), temp.resolve("cache"))) {
            for (int number = 0; number < pairs.size(); number++) {
                StoredPairs.Pair pair = pairs.read(number, true);
                read.add(pair.key() + " " + pair.caption());
                assertEquals(TestPictures.jpeg(number).length, pair.image().length);
            }
        }
        assertEquals(expected, read);

        // And as a list to be prepared anew.
        PrepareYaml.run(PrepareYaml.of(temp, shards, temp + "/out", "127.0.0.1"));
        PreparedFolder folder = PreparedFolder.read(temp + "/out/web", Map.of());
        assertEquals(
                expected.stream().map(line -> line.substring(10)).sorted().toList(),
                folder.rows.values().stream().map(PairRow::caption).sorted().toList());
        assertEquals(20, folder.pictures.size());
    }

    private List<String> python(List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString()));
        command.addAll(arguments);
        Path errors = temp.resolve("errors");
        Process process =
                TestProcess.start(new ProcessBuilder(command).redirectError(errors.toFile()));
        List<String> lines;
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            lines = out.lines().toList();
        }
        assertEquals(0, process.waitFor(), Files.readString(errors));
        return lines;
    }
}
