package org.minigpt4j.prepare.align;

import org.minigpt4j.UsageException;
import org.minigpt4j.text.CaptionText;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The pictures of a folder and all below it, each with its caption in {@code NAME.json} or else in
 * {@code NAME.txt}.
 */
record FolderPairs(Path root, List<Path> pictures) implements PairSource {

    private static final List<String> SUFFIXES = List.of(".jpg", ".jpeg", ".png", ".webp");

    static FolderPairs open(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> pictures =
                    files.filter(FolderPairs::isPicture)
                            .filter(Files::isRegularFile)
                            .sorted()
                            .toList();
            if (pictures.isEmpty()) {
                throw new UsageException(
                        root + " holds no picture (" + String.join(", ", SUFFIXES) + ").");
            }
            return new FolderPairs(root, pictures);
        } catch (IOException e) {
            throw new UsageException(root + " cannot be listed: " + e.getMessage(), e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return SUFFIXES.stream().anyMatch(name::endsWith);
    }

    @Override
    public int size() {
        return pictures.size();
    }

    @Override
    public String name(int number) {
        return root.relativize(pictures.get(number)).toString();
    }

    @Override
    public String caption(int number) throws Unusable {
        Path picture = pictures.get(number);
        String name = picture.getFileName().toString();
        String stem = name.substring(0, name.lastIndexOf('.'));
        Path text = picture.resolveSibling(stem + ".txt");
        Path json = picture.resolveSibling(stem + ".json");
        try {
            Optional<String> inJson =
                    Files.exists(json)
                            ? CaptionText.inJson(Files.readAllBytes(json))
                            : Optional.empty();
            if (inJson.isPresent()) {
                return inJson.get();
            }
            if (Files.exists(text)) {
                return CaptionText.plain(Files.readAllBytes(text));
            }
            throw new Unusable(
                    Files.exists(json)
                            ? json.getFileName() + " is no JSON with a text under \"caption\""
                            : "has neither " + stem + ".txt nor " + stem + ".json beside it");
        } catch (CaptionText.BrokenCaptionException e) {
            throw new Unusable("has a caption that " + e.getMessage());
        } catch (IOException e) {
            throw new Unusable("has a caption that cannot be read: " + e.getMessage());
        }
    }

    @Override
    public byte[] picture(int number) throws Unusable {
        try {
            return Files.readAllBytes(pictures.get(number));
        } catch (IOException e) {
            throw new Unusable("cannot be read: " + e.getMessage());
        }
    }

    @Override
    public void close() {}
}
