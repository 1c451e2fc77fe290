package org.minigpt4j.prepare.shard;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.plan.ShardFolder;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What there already is of a shard: of a finished one that is to be changed, or of one whose maker
 * was killed between two of its files. A tar is there whole or not at all, so its pictures need not
 * be fetched again; and what its table says of other pairs holds as well.
 */
public final class PreviousShard implements AutoCloseable {

    private final Map<String, PairRow> rows = new HashMap<>();
    private final TarArchiveInputStream pictures;

    private PreviousShard(TarArchiveInputStream pictures) {
        this.pictures = pictures;
    }

    public static PreviousShard open(ShardFolder folder, String name) throws IOException {
        Optional<InputStream> tar = stream(folder, name + ".tar");
        if (tar.isEmpty()) {
            return new PreviousShard(null);
        }
        Map<String, PairRow> kept = new HashMap<>();
        try (TarArchiveInputStream in = tar(tar.get())) {
            for (TarArchiveEntry entry = in.getNextEntry();
                    entry != null;
                    entry = in.getNextEntry()) {
                if (entry.getName().endsWith(".json")) {
                    PairRow row = row(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                    kept.put(row.key(), row);
                }
            }
        }
        PreviousShard previous = new PreviousShard(tar(folder.stream(name + ".tar")));
        Optional<byte[]> table = folder.read(name + ".parquet");
        if (table.isPresent()) {
            for (PairRow row : PairTable.read(table.get())) {
                if (!row.isSuccess()) {
                    previous.rows.put(row.key(), row);
                }
            }
        }
        previous.rows.putAll(kept);
        return previous;
    }

    private static Optional<InputStream> stream(ShardFolder folder, String name)
            throws IOException {
        try {
            return Optional.of(folder.stream(name));
        } catch (FileNotFoundException | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static TarArchiveInputStream tar(InputStream in) {
        return new TarArchiveInputStream(
                new BufferedInputStream(in, 1 << 16), StandardCharsets.UTF_8.name());
    }

    /** What became of a pair, if that is known. */
    public Optional<PairRow> row(String key, Candidate pair) {
        PairRow row = rows.get(key);
        return row != null && row.url().equals(pair.url()) ? Optional.of(row) : Optional.empty();
    }

    /** How many pairs were tried. */
    public int tried() {
        return rows.size();
    }

    /** The picture of a pair whose row is a success; to be asked for in the order of keys. */
    public byte[] picture(String key) throws IOException {
        for (TarArchiveEntry entry = pictures.getNextEntry();
                entry != null;
                entry = pictures.getNextEntry()) {
            if (entry.getName().equals(key + ".jpg")) {
                return pictures.readAllBytes();
            }
        }
        throw new IOException("the tar has no picture " + key + ".jpg");
    }

    private static PairRow row(String text) {
        JsonObject json = JsonParser.parseString(text).getAsJsonObject();
        return new PairRow(
                json.get("key").getAsString(),
                json.get("url").getAsString(),
                json.get("caption").getAsString(),
                PairRow.Status.of(json.get("status").getAsString()),
                null,
                json.get("width").getAsInt(),
                json.get("height").getAsInt(),
                json.get("original_width").getAsInt(),
                json.get("original_height").getAsInt(),
                text(json, "exif"),
                text(json, "sha256"),
                json.get("phash").getAsLong());
    }

    private static String text(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value.isJsonNull() ? null : value.getAsString();
    }

    @Override
    public void close() throws IOException {
        if (pictures != null) {
            pictures.close();
        }
    }
}
