package org.minigpt4j.data.shard;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A {@code manifest.json}: {@code {"shards": [{"path": "00000.tar", "bytes": 1234}, ...]}}. Paths
 * are relative to the manifest; {@code bytes} is optional.
 */
public final class ShardManifest {

    private ShardManifest() {}

    /** A shard in the list; {@code bytes} is empty if the manifest does not give it. */
    public record Entry(String path, OptionalLong bytes) {

        /**
         * Compares the length of the shard with the manifest. Without this, a shard that was cut
         * between two samples would look complete.
         *
         * @throws UsageException if the lengths differ
         */
        public void check(String dataset, Object shard, long length) {
            if (bytes.isPresent() && bytes.getAsLong() != length) {
                throw new UsageException(
                        ("Data set %s: %s has %,d bytes, its manifest says %,d. Download or create"
                                        + " it again; if the length is right, correct or remove the manifest.")
                                .formatted(dataset, shard, length, bytes.getAsLong()));
            }
        }
    }

    /**
     * The shards in their order. Throws any {@link RuntimeException} if the text is not a manifest.
     */
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
