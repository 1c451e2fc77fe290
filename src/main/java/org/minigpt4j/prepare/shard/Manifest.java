package org.minigpt4j.prepare.shard;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.prepare.plan.ListPlan;
import org.minigpt4j.prepare.plan.SampleKeys;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code manifest.json}: the finished shards, which the {@code data} package goes by. */
public final class Manifest {

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private Manifest() {}

    public static byte[] of(ListPlan plan, SortedMap<Integer, ShardStats> shards) {
        JsonArray list = new JsonArray();
        TreeMap<String, Long> byStatus = new TreeMap<>();
        long bytes = 0;
        for (Map.Entry<Integer, ShardStats> shard : shards.entrySet()) {
            ShardStats stats = shard.getValue();
            stats.byStatus().forEach((status, count) -> byStatus.merge(status, count, Long::sum));
            bytes += stats.tarBytes();
            JsonObject entry = new JsonObject();
            entry.addProperty("path", SampleKeys.shard(shard.getKey()) + ".tar");
            entry.addProperty("samples", stats.successes());
            entry.addProperty("bytes", stats.tarBytes());
            entry.addProperty("sha256", stats.tarSha256());
            list.add(entry);
        }
        JsonObject listed = new JsonObject();
        listed.addProperty("rows", plan.rows());
        listed.addProperty("without_address", plan.withoutAddress());
        listed.addProperty("broken", plan.broken());
        listed.addProperty("same_address", plan.sameAddress());
        listed.addProperty("candidates", plan.candidates());
        JsonObject manifest = new JsonObject();
        manifest.addProperty("samples", byStatus.getOrDefault("success", 0L));
        manifest.addProperty("bytes", bytes);
        manifest.add("pairs", GSON.toJsonTree(byStatus));
        manifest.add("list", listed);
        manifest.add("shards", list);
        return GSON.toJson(manifest).getBytes(StandardCharsets.UTF_8);
    }
}
