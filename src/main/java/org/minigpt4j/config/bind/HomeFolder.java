package org.minigpt4j.config.bind;

import java.nio.file.Files;
import java.nio.file.Path;

/** Paths that begin with {@code ~}, which a shell replaces in words of its own only. */
public final class HomeFolder {

    private HomeFolder() {}

    /**
     * A path with the user's folder in place of a leading {@code ~/}; one that exists by its very
     * name stays.
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
