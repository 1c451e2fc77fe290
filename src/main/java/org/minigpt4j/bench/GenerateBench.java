package org.minigpt4j.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonObject;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.Llama;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.RandomWeights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Times the language model with random weights and a preset's sizes: first the whole prompt, then
 * token by token with the key-value cache. For comparison, it also times the last token without a
 * cache.
 *
 * @param preset the sizes
 * @param precision data type of the frozen linear maps
 * @param int8 whether the linear maps are in int8
 * @param device the device to run on
 * @param prompt number of tokens in the prompt
 * @param tokens number of tokens to generate after it
 * @param beams number of sequences in parallel; their caches are reordered after each token
 */
public record GenerateBench(
        Preset preset,
        ComputePrecision precision,
        boolean int8,
        Device device,
        int prompt,
        int tokens,
        int beams) {

    private static final int WARM_UP = 3;
    private static final int WHOLE = 3;

    /** How often the prompt is processed; the result is the median. */
    private static final int PROMPTS = 5;

    /** Generates and returns the measurements. */
    public JsonObject run() {
        try (Backbone backbone =
                new Backbone(device, preset.vit(), preset.qformer(), preset.llama(), false)) {
            Llama llama = backbone.llama();
            backbone.loader(precision, int8, (key, bytes) -> {})
                    .load(
                            llama,
                            new RandomWeights(0).source(RandomWeights.tensors(llama)),
                            "bench");
            try (NDManager manager = backbone.manager().newSubManager()) {
                pass(llama, manager, Math.min(WARM_UP, tokens));
                List<Double> prompts = new ArrayList<>();
                for (int i = 0; i < PROMPTS; i++) {
                    prompts.add(pass(llama, manager, 0).get(0));
                }
                List<Double> seconds = pass(llama, manager, tokens);
                seconds.set(0, Median.of(prompts));
                return figures(seconds, whole(llama, manager));
            }
        }
    }

    /** Seconds for the prompt, then for each token. */
    private List<Double> pass(Llama llama, NDManager parent, int count) {
        var random = new SplittableRandom(0);
        List<Double> seconds = new ArrayList<>();
        int[] rotated = new int[beams];
        Arrays.setAll(rotated, row -> (row + 1) % beams);
        try (NDManager manager = parent.newSubManager();
                KeyValueCache cache = llama.cache(manager, beams, prompt + count)) {
            for (int i = 0; i <= count; i++) {
                int rows = i == 0 ? 1 : beams;
                NDArray embeds = embeds(llama, manager, random, rows, i == 0 ? prompt : 1);
                long begin = System.nanoTime();
                if (i > 0 && beams > 1) {
                    cache.reorder(rotated);
                }
                NDArray logits = cache.next(embeds);
                logits.toFloatArray(); // waits for the GPU, and sampling a token reads it anyway
                seconds.add((System.nanoTime() - begin) / 1e9);
                logits.close();
                embeds.close();
            }
        }
        return seconds;
    }

    /** Median seconds for the last token if all positions are computed. */
    private double whole(Llama llama, NDManager parent) {
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < WHOLE; i++) {
            try (NDManager manager = parent.newSubManager()) {
                int places = prompt + tokens;
                NDArray embeds = embeds(llama, manager, new SplittableRandom(i), beams, places);
                NDArray none = manager.create(new Shape(0), DataType.INT64);
                long[] rows = new long[beams];
                Arrays.setAll(rows, row -> (row + 1L) * places - 1);
                NDArray last = manager.create(rows);
                long begin = System.nanoTime();
                llama.logits(embeds, none, last).toFloatArray();
                seconds.add((System.nanoTime() - begin) / 1e9);
            }
        }
        return Median.of(seconds);
    }

    private NDArray embeds(
            Llama llama, NDManager manager, SplittableRandom random, int rows, int places) {
        long[] ids = random.longs((long) rows * places, 0, preset.llama().vocab()).toArray();
        try (NDArray tokenIds = manager.create(ids, new Shape(rows, places))) {
            return llama.embed(tokenIds);
        }
    }

    private JsonObject figures(List<Double> seconds, double whole) {
        List<Double> each = seconds.subList(1, seconds.size());
        int quarter = Math.max(1, each.size() / 4);
        JsonObject json = new JsonObject();
        json.addProperty("engine", "minigpt4j");
        json.addProperty("torch", Engine.getInstance().getVersion());
        json.addProperty("preset", preset.toString());
        json.addProperty("dtype", precision.name().toLowerCase(Locale.ROOT));
        json.addProperty("int8", int8);
        json.addProperty("device", device.getDeviceType());
        json.addProperty("beams", beams);
        json.addProperty("prompt", prompt);
        json.addProperty("tokens", tokens);
        json.addProperty("prompt_ms", millis(seconds.get(0)));
        json.addProperty("token_ms", millis(Median.of(each)));
        json.addProperty("first_quarter_ms", millis(Median.of(each.subList(0, quarter))));
        json.addProperty(
                "last_quarter_ms",
                millis(Median.of(each.subList(each.size() - quarter, each.size()))));
        json.addProperty("without_cache_ms", millis(whole));
        json.addProperty("tokens_per_s", Math.round(10 / Median.of(each)) / 10.0);
        json.addProperty("peak_mem_gb", Math.round(PeakMemory.peakBytes(device) / 1e7) / 100.0);
        return json;
    }

    private static double millis(double seconds) {
        return Math.round(seconds * 1e5) / 100.0;
    }
}
