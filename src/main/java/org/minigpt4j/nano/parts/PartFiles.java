package org.minigpt4j.nano.parts;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.weights.Float16;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes trained parts as files in the layouts of the real ones, in float16. */
final class PartFiles {

    /**
     * What the language model's residual stream is scaled by. Every norm undoes it, so that the
     * model says the same; its embeddings become as large as what an untrained projection gives,
     * which would otherwise drown them.
     */
    private static final float STREAM = 8;

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private PartFiles() {}

    /** Writes one file of tensors, which lie at the start of {@code weights} in this order. */
    static void write(Path file, List<TensorInfo> tensors, float[] weights) {
        try (var writer = SafetensorsWriter.create(file, tensors, Map.of("format", "pt"))) {
            int at = 0;
            for (TensorInfo tensor : tensors) {
                int length = Math.toIntExact(tensor.elements());
                ByteBuffer bytes =
                        ByteBuffer.allocate(length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < length; i++) {
                    bytes.putShort(Float16.fromFloat(weights[at + i]));
                }
                writer.write(tensor.key(), bytes.flip());
                at += length;
            }
            writer.commit();
        }
    }

    /** Writes the language model's folder: weights, settings and vocabulary. */
    static void writeLlama(Path folder, LlamaDims dims, PartLayout layout, float[] weights) {
        try {
            NanoTokenizer.writeTo(Files.createDirectories(folder));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
        write(folder.resolve("model.safetensors"), layout.file(), scaled(layout.file(), weights));
        AtomicFile.writeString(
                folder.resolve("generation_config.json"),
                GSON.toJson(RandomModel.generationConfig()));
        JsonObject config = dims.toJson();
        AtomicFile.writeString(folder.resolve("config.json"), GSON.toJson(config));
    }

    /** The weights with all that writes into the residual stream made larger. */
    private static float[] scaled(List<TensorInfo> tensors, float[] weights) {
        float[] scaled = weights.clone();
        int at = 0;
        for (TensorInfo tensor : tensors) {
            int end = at + Math.toIntExact(tensor.elements());
            boolean writes = tensor.key().matches(".*(embed_tokens|o_proj|down_proj)\\.weight");
            for (int i = at; writes && i < end; i++) {
                scaled[i] *= STREAM;
            }
            at = end;
        }
        return scaled;
    }
}
