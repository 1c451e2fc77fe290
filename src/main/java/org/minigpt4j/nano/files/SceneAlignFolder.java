package org.minigpt4j.nano.files;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** Writes scenes as the curated pairs of stage 2 lie on disk; ids count from 1, unpadded. */
public final class SceneAlignFolder {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private SceneAlignFolder() {}

    /**
     * Writes {@code count} scenes as stage-2 training data: a folder with {@code filter_cap.json}
     * and {@code image/ID.jpg}, as {@code cc_sbu_align} is laid out.
     *
     * @param first number of the first scene
     */
    public static void write(SceneWorld world, Path folder, long first, int count)
            throws IOException {
        write(world, folder, LongStream.range(first, first + count).boxed().toList());
    }

    /** As {@link #write(SceneWorld, Path, long, int)}, for scenes of these numbers. */
    public static void write(SceneWorld world, Path folder, List<Long> numbers) throws IOException {
        Path images = Files.createDirectories(folder.resolve("image"));
        JsonArray annotations = new JsonArray();
        for (int i = 0; i < numbers.size(); i++) {
            String id = Integer.toString(i + 1);
            write(images.resolve(id + ".jpg"), world.jpeg(numbers.get(i)));
            JsonObject annotation = new JsonObject();
            annotation.addProperty("image_id", id);
            annotation.addProperty("caption", world.conversation(numbers.get(i)));
            annotations.add(annotation);
        }
        JsonObject root = new JsonObject();
        root.add("annotations", annotations);
        // Last, so that a folder with this file is a whole one.
        AtomicFile.writeString(folder.resolve("filter_cap.json"), GSON.toJson(root));
    }

    /** Not forced to disk, for there are many; but no half of one stays. */
    private static void write(Path picture, byte[] jpeg) throws IOException {
        try {
            Files.write(picture, jpeg);
        } catch (IOException e) {
            Files.deleteIfExists(picture);
            throw AtomicFile.cannotWrite(picture, e);
        }
    }
}
