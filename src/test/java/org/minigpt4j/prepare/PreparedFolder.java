package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairTable;
import org.minigpt4j.prepare.shard.ShardStats;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A folder that a preparation left, read file by file by the rules of Python's webdataset. */
final class PreparedFolder {

    /** All rows of the tables, by key. */
    final TreeMap<String, PairRow> rows = new TreeMap<>();

    /** The pictures in the tars, by key, in the order of manifest and tar. */
    final Map<String, byte[]> pictures = new java.util.LinkedHashMap<>();

    final JsonObject manifest;

    private PreparedFolder(JsonObject manifest) {
        this.manifest = manifest;
    }

    /** Reads all, and checks what must hold of every such folder. */
    static PreparedFolder read(String address, Map<String, String> hadoop) throws IOException {
        try (ShardFolder folder = new ShardFolder(address, hadoop)) {
            PreparedFolder read =
                    new PreparedFolder(
                            JsonParser.parseString(text(folder.read("manifest.json").orElseThrow()))
                                    .getAsJsonObject());
            Set<String> expected = new HashSet<>(Set.of("manifest.json"));
            for (JsonElement element : read.manifest.getAsJsonArray("shards")) {
                JsonObject shard = element.getAsJsonObject();
                String tar = shard.get("path").getAsString();
                String name = tar.replace(".tar", "");
                expected.addAll(
                        Set.of(tar, tar + ".index", name + ".parquet", name + "_stats.json"));
                byte[] bytes = folder.read(tar).orElseThrow();
                assertEquals(shard.get("bytes").getAsLong(), bytes.length, tar);
                assertEquals(
                        shard.get("sha256").getAsString(),
                        new Sha256().update(ByteBuffer.wrap(bytes)).hex(),
                        tar);
                read.shard(folder, name, bytes, shard.get("samples").getAsInt());
            }
            Set<String> files = new HashSet<>(folder.list().keySet());
            files.removeAll(Set.of("report.json", "report.html"));
            files.removeIf(file -> file.endsWith(".crc"));
            assertEquals(expected, files, "nothing else lies there");
            assertEquals(read.manifest.get("samples").getAsInt(), read.pictures.size());
            return read;
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void shard(ShardFolder folder, String name, byte[] tar, int samples)
            throws IOException {
        List<PairRow> table = PairTable.read(folder.read(name + ".parquet").orElseThrow());
        Map<String, JsonObject> json = new HashMap<>();
        List<String> keys = new ArrayList<>();
        try (TarArchiveInputStream in =
                new TarArchiveInputStream(new ByteArrayInputStream(tar), "UTF-8")) {
            for (TarArchiveEntry entry = in.getNextEntry();
                    entry != null;
                    entry = in.getNextEntry()) {
                String key = entry.getName().substring(0, entry.getName().indexOf('.'));
                byte[] content = in.readAllBytes();
                switch (entry.getName().substring(key.length())) {
                    case ".jpg" -> {
                        keys.add(key);
                        assertEquals(null, pictures.put(key, content), key + " comes twice");
                    }
                    case ".txt" -> assertEquals(keys.get(keys.size() - 1), key, "members in turn");
                    case ".json" ->
                            json.put(key, JsonParser.parseString(text(content)).getAsJsonObject());
                    default -> throw new AssertionError(entry.getName());
                }
            }
        }
        assertEquals(keys.stream().sorted().toList(), keys, "in the order of keys");
        assertEquals(samples, keys.size(), name);
        for (PairRow row : table) {
            assertEquals(null, rows.put(row.key(), row), row.key() + " comes twice");
            assertTrue(row.key().startsWith(name), row.key());
            assertEquals(row.isSuccess(), json.containsKey(row.key()), row.toString());
            if (row.isSuccess()) {
                assertEquals(row.url(), json.get(row.key()).get("url").getAsString());
                assertEquals(row.sha256(), json.get(row.key()).get("sha256").getAsString());
            }
        }
        ShardStats stats = ShardStats.of(folder.read(name + "_stats.json").orElseThrow());
        assertEquals(table.size(), stats.count());
        assertEquals(samples, stats.successes());
        assertEquals(tar.length, stats.tarBytes());
    }

    /** How many rows there are by cause. */
    Map<String, Long> byCause() {
        Map<String, Long> counts = new TreeMap<>();
        rows.values().forEach(row -> counts.merge(row.cause(), 1L, Long::sum));
        return counts;
    }
}
