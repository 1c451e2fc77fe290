package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class JsonObjectsTest {

    private static final Gson GSON = new Gson();
    private static final String[] NASTY = {
        "}, {\"",
        "{",
        "}",
        "\\",
        "\"",
        "}, {\"url\": \"x\"",
        ": ",
        ", ",
        "[",
        "é",
        "}\n{\"url\":",
        " ",
        "caption",
        "\\\"",
        "}, {",
        "], [",
        "\t"
    };

    @Test
    void everyObjectIsReadOnceWhereverTheFileIsCut() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<Map<String, String>> pairs = pairs(random);
            byte[] file = file(pairs, random.nextInt(4)).getBytes(StandardCharsets.UTF_8);
            int parts = 1 + random.nextInt(file.length);
            long size = (file.length + parts - 1) / parts;
            List<Object> read = new ArrayList<>();
            for (long start = 0; start < file.length; start += size) {
                read.addAll(part(file, start, Math.min(file.length, start + size)));
            }
            assertEquals(pairs, read, "seed " + seed + ", round " + round);
        }
    }

    @Test
    void aFileThatIsCutShortIsAnError() {
        byte[] file = "[{\"url\": \"a\"}, {\"url\": \"b".getBytes(StandardCharsets.UTF_8);
        assertThrows(IOException.class, () -> part(file, 0, file.length));
    }

    private static List<Object> part(byte[] file, long start, long end) throws IOException {
        List<Object> read = new ArrayList<>();
        var in = new ByteArrayInputStream(file, (int) start, (int) (file.length - start));
        try (JsonObjects objects = new JsonObjects(in, start, end)) {
            for (String text = objects.next(); text != null; text = objects.next()) {
                read.add(GSON.fromJson(text, Map.class));
            }
        }
        return read;
    }

    private static List<Map<String, String>> pairs(Random random) {
        List<Map<String, String>> pairs = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            Map<String, String> pair = new LinkedHashMap<>();
            pair.put("url", text(random));
            pair.put("caption", text(random));
            pairs.add(pair);
        }
        return pairs;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(NASTY[random.nextInt(NASTY.length)]);
        }
        return text.toString();
    }

    private static String file(List<Map<String, String>> pairs, int layout) {
        Gson gson = layout == 1 ? new GsonBuilder().setPrettyPrinting().create() : GSON;
        return switch (layout) {
            case 0, 1 -> gson.toJson(pairs);
            case 2 -> gson.toJson(pairs).replace("},{\"url\"", "} ,\n { \"url\" ");
            default -> String.join("\n", pairs.stream().map(gson::toJson).toList()) + "\n";
        };
    }
}
