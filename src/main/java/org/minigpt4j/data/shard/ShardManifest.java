package org.minigpt4j.data.shard;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A {@code manifest.json}: {@code {"shards": [{"path": "00000.tar", "bytes": 1234}, ...]}}, paths
 * relative to it, the length only where its writer said it.
 */
public final class ShardManifest {

    private ShardManifest() {}

    /** A shard that it lists. */
    public record Entry(String path, OptionalLong bytes) {

        /**
         * Compares the length of the shard with what the manifest says; one that was cut short at a
         * border between two samples looks whole by itself.
         *
         * @throws UsageException if it is another
         */
        public void check(String dataset, Object shard, long length) {
            if (bytes.isPresent() && bytes.getAsLong() != length) {
                throw new UsageException(
                        ("Data set %s: %s has %,d bytes, its manifest says %,d. Download or make it"
                                        + " again; if the length is right, correct or remove the manifest.")
                                .formatted(dataset, shard, length, bytes.getAsLong()));
            }
        }
    }

    /** The shards in their order; any {@link RuntimeException} if the text is no manifest. */
    public static List<Entry> parse(String text) {
        List<Entry> entries = new ArrayList<>();
        for (JsonElement element :
                JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("shards")) {
            JsonObject shard = element.getAsJsonObject();
            OptionalLong bytes =
                    shard.has("bytes")
                            ? OptionalLong.of(shard.get("bytes").getAsLong())
                            : OptionalLong.empty();
            entries.add(new Entry(shard.get("path").getAsString(), bytes));
        }
        return entries;
    }
}
