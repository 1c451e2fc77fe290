package org.minigpt4j.config.bind;

import java.nio.file.Files;
import java.nio.file.Path;

/** Expands paths that begin with {@code ~}; a shell does so only at the beginning of a word. */
public final class HomeFolder {

    private HomeFolder() {}

    /**
     * Replaces a leading {@code ~/} with the user's home folder, unless a file with the literal
     * name exists.
     *
     * @throws IllegalArgumentException for another user's folder ({@code ~name})
     */
    public static String expand(String path) {
        if (!path.startsWith("~") || Files.exists(Path.of(path))) {
            return path;
        }
        if (path.equals("~") || path.startsWith("~/")) {
            return System.getProperty("user.home") + path.substring(1);
        }
        throw new IllegalArgumentException(
                ("begins with ~ and a user's name, which is not supported; write out"
                                + " the folder, or ./%s")
                        .formatted(path));
    }
}
