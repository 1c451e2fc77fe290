package org.minigpt4j.prepare.shard;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code NNNNN_stats.json} says; its being there says that the shard is finished. The first
 * keys are img2dataset's, the last three ours.
 *
 * @param count pairs tried
 * @param byStatus of them, by {@link PairRow.Status#word}
 * @param byCause of them, by what they failed of
 * @param start and {@code end} in seconds since 1970
 * @param received bytes that came over the network
 * @param tarBytes and {@code tarSha256} of the shard
 */
public record ShardStats(
        long count,
        TreeMap<String, Long> byStatus,
        TreeMap<String, Long> byCause,
        double start,
        double end,
        long received,
        long tarBytes,
        String tarSha256)
        implements Serializable {

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    public static ShardStats of(
            Iterable<PairRow> rows,
            double start,
            double end,
            long received,
            long tarBytes,
            String tarSha256) {
        TreeMap<String, Long> byStatus = new TreeMap<>();
        TreeMap<String, Long> byCause = new TreeMap<>();
        long count = 0;
        for (PairRow row : rows) {
            count++;
            byStatus.merge(row.status().word(), 1L, Long::sum);
            byCause.merge(row.cause(), 1L, Long::sum);
        }
        return new ShardStats(count, byStatus, byCause, start, end, received, tarBytes, tarSha256);
    }

    public long successes() {
        return of(PairRow.Status.SUCCESS);
    }

    public long of(PairRow.Status status) {
        return byStatus.getOrDefault(status.word(), 0L);
    }

    public byte[] toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("count", count);
        json.addProperty("successes", successes());
        json.addProperty("failed_to_download", of(PairRow.Status.FAILED_TO_DOWNLOAD));
        json.addProperty("failed_to_resize", of(PairRow.Status.FAILED_TO_RESIZE));
        json.addProperty("filtered", of(PairRow.Status.FILTERED));
        json.addProperty("duplicate", of(PairRow.Status.DUPLICATE));
        json.addProperty("duration", end - start);
        json.addProperty("start_time", start);
        json.addProperty("end_time", end);
        json.add("status_dict", GSON.toJsonTree(byCause));
        json.addProperty("received_bytes", received);
        json.addProperty("tar_bytes", tarBytes);
        json.addProperty("tar_sha256", tarSha256);
        return GSON.toJson(json).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What {@link #toJson} wrote.
     *
     * @throws RuntimeException if it is something else
     */
    public static ShardStats of(byte[] bytes) {
        JsonObject json =
                JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
        TreeMap<String, Long> byStatus = new TreeMap<>();
        for (PairRow.Status status : PairRow.Status.values()) {
            String key = status == PairRow.Status.SUCCESS ? "successes" : status.word();
            long count = json.get(key).getAsLong();
            if (count > 0) {
                byStatus.put(status.word(), count);
            }
        }
        TreeMap<String, Long> byCause = new TreeMap<>();
        for (Map.Entry<String, JsonElement> cause :
                json.getAsJsonObject("status_dict").entrySet()) {
            byCause.put(cause.getKey(), cause.getValue().getAsLong());
        }
        return new ShardStats(
                json.get("count").getAsLong(),
                byStatus,
                byCause,
                json.get("start_time").getAsDouble(),
                json.get("end_time").getAsDouble(),
                json.get("received_bytes").getAsLong(),
                json.get("tar_bytes").getAsLong(),
                json.get("tar_sha256").getAsString());
    }
}
