package org.minigpt4j.prepare.list;

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
import java.util.regex.Matcher;

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

    private static final String[] BROKEN = {
        "{\"url\": http://a b}",
        "{\"url\": \"a\" \"caption\": \"b\"}",
        "{\"url\": \"a, \"caption\": \"b\"}",
        "{\"url\": \"a\", \"caption\": \"b}",
        "{\"url\": \"a\", \"caption\": \"b\"",
        "{\"url\": \"a\", \"caption\": \"b\"\\},",
        "{\"url\": {\"a\", \"caption\": \"b\"}"
    };

    @Test
    void everyObjectIsReadOnceWhereverTheFileIsCut() throws IOException {
        long seed = Long.getLong("minigpt4j.seed", 1);
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
    void aBrokenObjectCostsItselfOnlyWhereverTheFileIsCut() throws IOException {
        long seed = Long.getLong("minigpt4j.seed", 1);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            String broken = BROKEN[random.nextInt(BROKEN.length)];
            List<Map<String, String>> before = pairs(random);
            List<Map<String, String>> after = pairs(random);
            before.add(Map.of("url", "HERE"));
            before.addAll(after);
            String whole = file(before, random.nextInt(4));
            byte[] file =
                    whole.replaceFirst(
                                    "\\{\\s*\"url\"\\s*:\\s*\"HERE\"\\s*\\}",
                                    Matcher.quoteReplacement(broken))
                            .getBytes(StandardCharsets.UTF_8);
            before.remove(Map.of("url", "HERE"));
            int parts = 1 + random.nextInt(file.length);
            long size = (file.length + parts - 1) / parts;
            List<Object> read = new ArrayList<>();
            int faults = 0;
            for (long start = 0; start < file.length; start += size) {
                for (JsonObjects.Item item :
                        items(file, start, Math.min(file.length, start + size))) {
                    if (item.object() == null) {
                        faults++;
                    } else {
                        read.add(GSON.fromJson(item.object(), Map.class));
                    }
                }
            }
            String what = broken + " in round " + round + ", seed " + seed;
            assertEquals(before, read, what);
            assertEquals(1, faults, what);
        }
    }

    @Test
    void objectsWhoseNamesAreNoSignsBelongToThePartBeforeThem() throws IOException {
        String list = "[{\"链接\": \"a\"}, {\"链接\": \"b\"},, {\"url\": \"c\"}, {}, {\"链接\": \"d\"}]";
        byte[] file = list.getBytes(StandardCharsets.UTF_8);
        List<Object> whole = part(file, 0, file.length);
        assertEquals(5, whole.size());
        for (int size = 1; size < file.length; size++) {
            List<Object> read = new ArrayList<>();
            for (long start = 0; start < file.length; start += size) {
                read.addAll(part(file, start, Math.min(file.length, start + size)));
            }
            assertEquals(whole, read, "parts of " + size);
        }
    }

    @Test
    void aBrokenObjectIsToldByItsByte() throws IOException {
        byte[] file =
                "[{\"url\": \"a\"}, {\"url\": \"b\" c}, {\"url\": \"d\"}]"
                        .getBytes(StandardCharsets.UTF_8);
        List<JsonObjects.Item> items = items(file, 0, file.length);
        assertEquals(3, items.size());
        assertEquals(15, items.get(1).at());
        assertEquals(null, items.get(1).object());
    }

    @Test
    void aFileThatIsCutShortIsAnError() {
        byte[] file = "[{\"url\": \"a\"}, {\"url\": \"b".getBytes(StandardCharsets.UTF_8);
        IOException error =
                assertThrows(JsonObjects.EndlessException.class, () -> part(file, 0, file.length));
        assertEquals("the object at byte 15: the file ends inside it", error.getMessage());
    }

    @Test
    void ofObjectsInObjectsABrokenOneIsPassedOverIfItsBracesMatch() throws IOException {
        String list =
                "[{\"a\": {\"b\": 1}}, {\"a\": {\"b\" 2}}, {\"a\": [{\"b\": 3}, {\"b\": 4}]}%s]";
        byte[] file = list.formatted("").getBytes(StandardCharsets.UTF_8);
        List<Boolean> whole = new ArrayList<>();
        try (JsonObjects objects =
                new JsonObjects(new ByteArrayInputStream(file), 0, file.length, false)) {
            for (JsonObjects.Item item = objects.next(); item != null; item = objects.next()) {
                whole.add(item.object() != null);
            }
        }
        assertEquals(List.of(true, false, true), whole);
        byte[] open = list.formatted(", {\"a\": \"x}").getBytes(StandardCharsets.UTF_8);
        try (JsonObjects objects =
                new JsonObjects(new ByteArrayInputStream(open), 0, open.length, false)) {
            for (int i = 0; i < 3; i++) {
                objects.next();
            }
            assertThrows(JsonObjects.EndlessException.class, objects::next);
        }
    }

    private static List<Object> part(byte[] file, long start, long end) throws IOException {
        List<Object> read = new ArrayList<>();
        for (JsonObjects.Item item : items(file, start, end)) {
            read.add(GSON.fromJson(item.object(), Map.class));
        }
        return read;
    }

    private static List<JsonObjects.Item> items(byte[] file, long start, long end)
            throws IOException {
        List<JsonObjects.Item> items = new ArrayList<>();
        var in = new ByteArrayInputStream(file, (int) start, (int) (file.length - start));
        try (JsonObjects objects = new JsonObjects(in, start, end, true)) {
            for (JsonObjects.Item item = objects.next(); item != null; item = objects.next()) {
                items.add(item);
            }
        }
        return items;
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
