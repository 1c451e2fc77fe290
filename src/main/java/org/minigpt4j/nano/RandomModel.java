package org.minigpt4j.nano;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.EvaVit;
import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.Llama;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.QFormer;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.weights.HfFolderWriter;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The three frozen parts as files of random values, laid out as the real ones are. */
public record RandomModel(Preset preset, long seed) {

    /** Shards small enough that every preset except the tiny one has several, like real folders. */
    private static final long LARGEST_SHARD = 2_000_000_000L;

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /**
     * Writes {@code eva_vit_g.safetensors}, {@code blip2_pretrained_flant5xxl.safetensors} and
     * {@code llama/}; memory stays within one buffer.
     *
     * @return bytes of tensors written
     */
    public long write(Path folder) {
        RandomWeights weights = new RandomWeights(seed);
        long bytes = 0;
        bytes += single(weights, new EvaVit(preset.vit(), null), vit(folder));
        bytes += single(weights, new QFormer(preset.qformer(), null), qformer(folder));
        return bytes + llama(weights, llama(folder));
    }

    /** The image encoder's file in a folder that {@link #write} made. */
    public static Path vit(Path folder) {
        return folder.resolve("eva_vit_g.safetensors");
    }

    /** The Q-Former's file in such a folder. */
    public static Path qformer(Path folder) {
        return folder.resolve("blip2_pretrained_flant5xxl.safetensors");
    }

    /** The language model's folder in such a folder. */
    public static Path llama(Path folder) {
        return folder.resolve("llama");
    }

    private static long single(RandomWeights weights, FrozenBlock block, Path file) {
        List<TensorInfo> tensors = RandomWeights.tensors(block);
        try (var writer = SafetensorsWriter.create(file, tensors, Map.of("format", "pt"))) {
            weights.write(tensors, writer::write);
            writer.commit();
        }
        return bytes(tensors);
    }

    private long llama(RandomWeights weights, Path folder) {
        List<TensorInfo> tensors = RandomWeights.tensors(new Llama(preset.llama(), false, null));
        long largest = Math.min(LARGEST_SHARD, bytes(tensors) / 2);
        try (var writer = HfFolderWriter.create(folder, tensors, largest)) {
            weights.write(tensors, writer::write);
            settings(folder);
            writer.commit(); // last, so that a folder with weights is a whole one
        }
        return bytes(tensors);
    }

    private void settings(Path folder) {
        AtomicFile.writeString(
                folder.resolve("generation_config.json"), GSON.toJson(generationConfig()));
        if (preset.llama().vocab() == NanoTokenizer.VOCAB_SIZE) {
            try {
                NanoTokenizer.writeTo(folder);
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(folder, e);
            }
        }
        AtomicFile.writeString(folder.resolve("config.json"), GSON.toJson(preset.llama().toJson()));
    }

    /** The {@code generation_config.json} of a language model's folder. */
    public static JsonObject generationConfig() {
        JsonObject generation = new JsonObject();
        generation.addProperty("bos_token_id", 1);
        generation.addProperty("eos_token_id", 2);
        generation.addProperty("pad_token_id", 0);
        return generation;
    }

    private static long bytes(List<TensorInfo> tensors) {
        return tensors.stream().mapToLong(TensorInfo::byteLength).sum();
    }
}
