package org.minigpt4j.weights;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The small files of a merged model: the base's configuration and the delta's tokenizer. */
record HfSettings(Path base, Path delta, Path out) {
    private static final long LONGEST_CONFIG = 4 << 20;
    private static final List<String> TOKENIZER =
            List.of(
                    "tokenizer.model",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json");

    /** Writes them; returns the tokenizer's files, or none if the delta has none. */
    List<Path> write(long vocabulary) {
        Path source = base.resolve("config.json");
        JsonObject config = ForeignJson.read(source, LONGEST_CONFIG).copyObject();
        config.addProperty("vocab_size", vocabulary);
        config.addProperty("torch_dtype", "float16");
        AtomicFile.writeString(
                out.resolve("config.json"),
                new GsonBuilder()
                                .disableHtmlEscaping()
                                .setPrettyPrinting()
                                .serializeNulls()
                                .create()
                                .toJson(config)
                        + "\n");
        copy(base, "generation_config.json");
        List<Path> copied = new ArrayList<>();
        for (String name : TOKENIZER) {
            if (copy(delta, name)) {
                copied.add(out.resolve(name));
            }
        }
        return copied;
    }

    private boolean copy(Path folder, String name) {
        if (!Files.exists(folder.resolve(name))) {
            return false;
        }
        AtomicFile.copy(folder.resolve(name), out.resolve(name));
        return true;
    }
}
