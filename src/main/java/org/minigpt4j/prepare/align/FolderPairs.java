package org.minigpt4j.prepare.align;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The pictures of a folder and all below it, each with {@code NAME.txt} or {@code NAME.json}. */
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
            if (Files.exists(text)) {
                return Files.readString(text);
            }
            if (!Files.exists(json)) {
                throw new Unusable("has neither " + stem + ".txt nor " + stem + ".json beside it");
            }
            JsonElement root = JsonParser.parseString(Files.readString(json));
            if (root instanceof JsonObject object
                    && object.get("caption") != null
                    && object.get("caption").isJsonPrimitive()) {
                return object.get("caption").getAsString();
            }
            throw new Unusable(json.getFileName() + " has no text under \"caption\"");
        } catch (CharacterCodingException e) {
            throw new Unusable("has a caption that is not text in UTF-8");
        } catch (JsonParseException e) {
            throw new Unusable(json.getFileName() + " is no JSON: " + e.getMessage());
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
