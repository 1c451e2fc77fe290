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
        write(folder.resolve("model.safetensors"), layout.file(), weights);
        AtomicFile.writeString(
                folder.resolve("generation_config.json"),
                GSON.toJson(RandomModel.generationConfig()));
        JsonObject config = dims.toJson();
        AtomicFile.writeString(folder.resolve("config.json"), GSON.toJson(config));
    }
}
