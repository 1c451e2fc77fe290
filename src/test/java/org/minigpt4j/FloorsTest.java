package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The house has floors: a package uses only packages on floors below its own, the parts of one
 * package form no circle, and a simple name stands for one class.
 */
class FloorsTest {

    private static final Map<String, Integer> FLOORS =
            Map.ofEntries(
                    Map.entry("io", 1),
                    Map.entry("random", 1),
                    Map.entry("config", 1),
                    Map.entry("image", 2),
                    Map.entry("text", 2),
                    Map.entry("weights", 3),
                    Map.entry("model", 4),
                    Map.entry("data", 4),
                    Map.entry("track", 4),
                    Map.entry("checkpoint", 5),
                    Map.entry("generate", 5),
                    Map.entry("cluster", 5),
                    Map.entry("train", 6),
                    Map.entry("prepare", 6),
                    Map.entry("chat", 6),
                    Map.entry("eval", 7),
                    Map.entry("bench", 7),
                    Map.entry("nano", 7),
                    Map.entry("doctor", 7),
                    Map.entry("api", 8),
                    Map.entry("cli", 8));

    private static final String BASE = "org.minigpt4j";
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern USE =
            Pattern.compile("\\borg\\.minigpt4j((?:\\.[a-z]\\w*)*)\\.[A-Z]\\w*");
    // Javadoc may point upwards, and a text may name a class.
    private static final Pattern NO_CODE =
            Pattern.compile(
                    "\"\"\"(?s:.*?)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|/\\*(?s:.*?)\\*/|//.*");

    @TempDir Path temp;

    /** One source file: its package below the base, the packages it uses, and its name. */
    private record Source(String name, String home, Set<String> uses) {

        static Source read(Path file) {
            try {
                String text = Files.readString(file);
                Matcher home = PACKAGE.matcher(text);
                if (!home.find()) {
                    throw new IllegalStateException(file + " names no package");
                }
                String code = NO_CODE.matcher(text).replaceAll("");
                Set<String> uses = new TreeSet<>();
                Matcher use = USE.matcher(code.substring(code.indexOf(';')));
                while (use.find()) {
                    uses.add(use.group(1).isEmpty() ? "" : use.group(1).substring(1));
                }
                return new Source(
                        file.getFileName().toString(),
                        home.group(1).equals(BASE)
                                ? ""
                                : home.group(1).substring(BASE.length() + 1),
                        uses);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void importsRunDownTheHouse() throws IOException {
        assertEquals(List.of(), faults(Path.of("src/main/java")));
    }

    @Test
    void noTwoClassesHaveOneName() throws IOException {
        Map<String, List<String>> homes = new TreeMap<>();
        for (Source source : sources(Path.of("src/main/java"))) {
            if (!source.name().equals("package-info.java")) {
                homes.computeIfAbsent(source.name(), name -> new ArrayList<>()).add(source.home());
            }
        }
        homes.values().removeIf(places -> places.size() == 1);
        assertEquals(Map.of(), homes);
    }

    @Test
    void plantedImportsAreFound() throws IOException {
        plant("io/Up.java", "package org.minigpt4j.io;\nimport org.minigpt4j.train.AdamW;\n");
        plant(
                "model/Across.java",
                "package org.minigpt4j.model;\nclass A { org.minigpt4j.data.B b; }");
        plant("attic/New.java", "package org.minigpt4j.attic;\n");
        plant(
                "data/Ring.java",
                "package org.minigpt4j.data;\nimport org.minigpt4j.data.shard.Shard;\n");
        plant(
                "data/shard/Back.java",
                "package org.minigpt4j.data.shard;\nimport static org.minigpt4j.data.Ring.x;\n");
        plant("cli/Down.java", "package org.minigpt4j.cli;\nimport org.minigpt4j.io.Store;\n");
        plant("io/Text.java", "package org.minigpt4j.io;\n/** {@link org.minigpt4j.cli.Main} */\n");
        assertEquals(
                List.of(
                        "attic is on no floor: New.java",
                        "io (floor 1) uses train (floor 6): Up.java",
                        "model (floor 4) uses data (floor 4): Across.java",
                        "a circle: data -> data.shard -> data"),
                faults(temp));
    }

    private void plant(String place, String text) throws IOException {
        Path file = temp.resolve("org/minigpt4j").resolve(place);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static List<Source> sources(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .map(Source::read)
                    .toList();
        }
    }

    private static List<String> faults(Path root) throws IOException {
        List<String> faults = new ArrayList<>();
        Map<String, Set<String>> parts = new TreeMap<>();
        for (Source source : sources(root)) {
            String here = top(source.home());
            if (!here.isEmpty() && !FLOORS.containsKey(here)) {
                faults.add("%s is on no floor: %s".formatted(here, source.name()));
                continue;
            }
            for (String used : source.uses()) {
                String there = top(used);
                if (there.equals(here)) {
                    if (!used.equals(source.home())) {
                        parts.computeIfAbsent(source.home(), home -> new TreeSet<>()).add(used);
                    }
                } else if (!here.isEmpty()
                        && !there.isEmpty()
                        && FLOORS.getOrDefault(there, 0) >= FLOORS.get(here)) {
                    faults.add(
                            "%s (floor %d) uses %s (floor %d): %s"
                                    .formatted(
                                            here,
                                            FLOORS.get(here),
                                            there,
                                            FLOORS.get(there),
                                            source.name()));
                }
            }
        }
        Set<String> done = new TreeSet<>();
        for (String part : parts.keySet()) {
            circle(part, parts, new ArrayList<>(), done, faults);
        }
        return faults;
    }

    private static String top(String home) {
        return home.split("\\.")[0];
    }

    private static void circle(
            String part,
            Map<String, Set<String>> parts,
            List<String> way,
            Set<String> done,
            List<String> faults) {
        if (way.contains(part)) {
            List<String> ring = new ArrayList<>(way.subList(way.indexOf(part), way.size()));
            ring.add(part);
            faults.add("a circle: " + String.join(" -> ", ring));
        } else if (!done.contains(part)) {
            way.add(part);
            for (String next : parts.getOrDefault(part, Set.of())) {
                circle(next, parts, way, done, faults);
            }
            way.remove(way.size() - 1);
            done.add(part);
        }
    }
}
