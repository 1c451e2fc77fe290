package org.minigpt4j.eval;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * What the field's own code gives for invented captions and answers: the files in the folder that
 * the system property {@code minigpt4j.goldens.evaluation} names, or those of the test resources.
 */
public final class EvalGoldens {

    private EvalGoldens() {}

    /**
     * {@code captions}, {@code scores}, {@code tokens}, {@code ptb}, {@code vqa} or {@code pope}.
     */
    public static JsonElement json(String name) {
        String folder = System.getProperty("minigpt4j.goldens.evaluation");
        try (InputStream in =
                        folder == null
                                ? new GZIPInputStream(
                                        EvalGoldens.class.getResourceAsStream(
                                                "goldens/" + name + ".json.gz"))
                                : Files.newInputStream(Path.of(folder, name + ".json"));
                Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
