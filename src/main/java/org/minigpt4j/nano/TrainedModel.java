package org.minigpt4j.nano;

import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The three frozen parts that {@code launch/nano} trained, which come with the program: files laid
 * out as the real ones are, with their SHA-256 in {@code parts.json}.
 */
public final class TrainedModel {

    /** The file that says how they were made, with the hashes of the others. */
    public static final String RECORD = "parts.json";

    /** The last one makes the language model's folder whole. */
    private static final List<String> FILES =
            List.of(
                    "eva_vit_g.safetensors",
                    "blip2_pretrained_flant5xxl.safetensors",
                    "llama/generation_config.json",
                    "llama/model.safetensors",
                    "llama/config.json");

    private TrainedModel() {}

    /**
     * Writes the weights where {@link RandomModel} would, with the vocabulary.
     *
     * @throws FailedException if a file is not what was trained
     */
    public static void writeTo(Path folder) {
        ForeignJson record = ForeignJson.parse(RECORD, text(RECORD));
        try {
            NanoTokenizer.writeTo(RandomModel.llama(folder));
            for (String name : FILES) {
                byte[] content = read(name);
                String hash = hash(content);
                if (!hash.equals(record.at("sha256").at(name).text())) {
                    throw new FailedException(
                            "%s of the nano parts is damaged: build the program again"
                                    .formatted(name));
                }
                Path file = folder.resolve(name);
                if (!Files.exists(file) || !hash.equals(hash(Files.readAllBytes(file)))) {
                    try (AtomicFile out = AtomicFile.create(file)) {
                        out.write(ByteBuffer.wrap(content), 0);
                        out.commit();
                    }
                }
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** The SHA-256 of each of the files in a folder, by its name. */
    public static JsonObject hashes(Path folder) {
        JsonObject hashes = new JsonObject();
        for (String name : FILES) {
            Path file = folder.resolve(name);
            try {
                hashes.addProperty(name, hash(Files.readAllBytes(file)));
            } catch (IOException e) {
                throw new FailedException(
                        "%s cannot be read: %s".formatted(file, e.getMessage()), e);
            }
        }
        return hashes;
    }

    /** How the parts that come with the program were made: the text of {@link #RECORD}. */
    public static String record() {
        return text(RECORD);
    }

    private static String hash(byte[] content) {
        return new Sha256().update(ByteBuffer.wrap(content)).hex();
    }

    private static String text(String name) {
        try {
            return new String(read(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new FailedException("the program has no " + name, e);
        }
    }

    private static byte[] read(String name) throws IOException {
        try (InputStream in = TrainedModel.class.getResourceAsStream("trained/" + name)) {
            if (in == null) {
                throw new FailedException(
                        "the program has no trained/%s: build it again".formatted(name));
            }
            return in.readAllBytes();
        }
    }
}
