package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.page.DemoPage.Example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Reads the example pictures that the demo page offers. */
final class ExamplePictures {

    private static final int MOST = 12;
    private static final long MOST_BYTES = 8L << 20;

    private static final Map<String, String> TYPES =
            Map.of(
                    "jpg", "image/jpeg",
                    "jpeg", "image/jpeg",
                    "png", "image/png",
                    "webp", "image/webp",
                    "gif", "image/gif",
                    "bmp", "image/bmp");

    private ExamplePictures() {}

    /**
     * Reads the first twelve pictures by name.
     *
     * @throws UsageException if there is none or one is too large for a page
     */
    static List<Example> of(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files =
                    all.filter(file -> TYPES.containsKey(ending(file)))
                            .sorted()
                            .limit(MOST)
                            .toList();
            if (files.isEmpty()) {
                throw new UsageException(
                        "--examples %s contains no JPEG, PNG, WebP, GIF or BMP file"
                                .formatted(folder));
            }
            List<Example> examples = new ArrayList<>();
            for (Path file : files) {
                if (Files.size(file) > MOST_BYTES) {
                    throw new UsageException(
                            "--examples: %s has more than %d MB; use smaller pictures"
                                    .formatted(file, MOST_BYTES >> 20));
                }
                examples.add(
                        new Example(
                                file.getFileName().toString(),
                                TYPES.get(ending(file)),
                                Files.readAllBytes(file),
                                List.of()));
            }
            return examples;
        } catch (IOException e) {
            throw new UsageException(
                    Files.isDirectory(folder)
                            ? "--examples %s cannot be read: %s".formatted(folder, e.getMessage())
                            : "--examples %s is not a folder".formatted(folder),
                    e);
        }
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
