package org.minigpt4j;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The tensors of the original modules: the folder named by the system property {@code
 * minigpt4j.goldens}, or the set {@code goldens/open} in the test resources. Sets differ in every
 * size, so tests take theirs from {@link #dims()}.
 */
public final class Goldens {
    private Goldens() {}

    /** A file or folder of the set, such as {@code weights/eva_vit_g.pth}. */
    public static Path path(String relative) {
        Path path = root().resolve(relative);
        if (!Files.exists(path)) {
            throw new IllegalStateException("the golden set has no " + path);
        }
        return path;
    }

    /** The arrays of an {@code .npz} of the set. */
    public static Npz npz(String relative) {
        return Npz.read(path(relative));
    }

    /** A JSON file of the set. */
    public static JsonElement json(String relative) {
        try {
            return JsonParser.parseString(Files.readString(path(relative)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every size in {@code dims.json} that is a plain number. */
    public static Map<String, Number> dims() {
        var dims = new LinkedHashMap<String, Number>();
        json("dims.json")
                .getAsJsonObject()
                .entrySet()
                .forEach(
                        entry -> {
                            if (entry.getValue().isJsonPrimitive()) {
                                dims.put(entry.getKey(), entry.getValue().getAsNumber());
                            }
                        });
        return dims;
    }

    /** One number of {@code dims.json}, such as {@code mlp_ratio}. */
    public static double number(String name) {
        return Objects.requireNonNull(dims().get(name), name).doubleValue();
    }

    /**
     * The files of a folder of the set whose names match {@code glob}, by name; the folder is
     * relative, empty for the set itself.
     */
    public static List<Path> files(String folder, String glob) {
        List<Path> files = new ArrayList<>();
        try (var found = Files.newDirectoryStream(root().resolve(folder), glob)) {
            found.forEach(files::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(Comparator.comparing(Path::toString));
        return files;
    }

    /** One whole size of {@code dims.json}, such as {@code ldim}. */
    public static int dim(String name) {
        return Objects.requireNonNull(dims().get(name), name).intValue();
    }

    private static Path root() {
        String chosen = System.getProperty("minigpt4j.goldens");
        if (chosen != null) {
            return Path.of(chosen);
        }
        return Resources.path("goldens/open");
    }
}
