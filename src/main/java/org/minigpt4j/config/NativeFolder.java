package org.minigpt4j.config;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses where libraries unpack their native code: the temporary folder, or another one if that is
 * mounted {@code noexec}, as on hardened machines.
 */
public final class NativeFolder {

    /** The properties of SQLite, Snappy, zstd, JNA and Netty for this folder. */
    private static final List<String> PROPERTIES =
            List.of(
                    "org.sqlite.tmpdir",
                    "org.xerial.snappy.tempdir",
                    "ZstdTempFolder",
                    "jna.tmpdir",
                    "io.netty.native.workdir");

    private NativeFolder() {}

    /**
     * If the temporary folder does not work, sets a folder that does. Call it before any of these
     * libraries is loaded.
     *
     * @throws FailedException if there is none
     */
    public static void choose() {
        Path usual = Path.of(System.getProperty("java.io.tmpdir"));
        if (mayHoldPrograms(usual)) {
            return;
        }
        Path home = Path.of(System.getProperty("user.home", "."));
        List<Path> others = new ArrayList<>(List.of(home.resolve(".cache/minigpt4j")));
        others.addAll(List.of(Path.of("/var/tmp"), Path.of("/dev/shm"), Path.of("target")));
        Path found = choose(usual, others);
        for (String property : PROPERTIES) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, found.toString());
            }
        }
    }

    static Path choose(Path usual, List<Path> others) {
        return others.stream()
                .map(Path::toAbsolutePath)
                .filter(NativeFolder::mayHoldPrograms)
                .findFirst()
                .orElseThrow(
                        () ->
                                new FailedException(
                                        "Native libraries cannot be unpacked: %s is not writable or is mounted noexec, and so is each of %s. Give a folder that is neither: JAVA_OPTS=-Djava.io.tmpdir=FOLDER"
                                                .formatted(usual, others)));
    }

    /**
     * Whether the system would run a file in the folder. Only a test file reveals {@code noexec}.
     */
    private static boolean mayHoldPrograms(Path folder) {
        try {
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, "minigpt4j", ".tmp");
            try {
                if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString("rwx------"));
                }
                return Files.isExecutable(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException | SecurityException e) {
            return false;
        }
    }
}
