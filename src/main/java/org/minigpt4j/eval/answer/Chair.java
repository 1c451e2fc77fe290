package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * CHAIR (Rohrbach et al. 2018): counts the objects named in an answer that appear neither in COCO's
 * instances nor in people's captions of the picture. The objects and their synonyms come from
 * CHAIR's own file; plurals are recognized by their endings.
 */
public final class Chair {

    private static final int LONGEST = 3;

    private final Map<String, String> objects;
    private final Map<String, Set<String>> present;

    /** The number of objects that an answer names, and how many of them are not in the picture. */
    public record Count(int mentions, int madeUp) {}

    /**
     * @param objects the object for each name
     * @param present the objects in each picture
     */
    public Chair(Map<String, String> objects, Map<String, Set<String>> present) {
        this.objects = Map.copyOf(objects);
        this.present = Map.copyOf(present);
    }

    /**
     * Reads CHAIR's files if the configuration names them. Objects in people's captions also count
     * as present.
     */
    static Optional<Chair> open(EvalTaskConfig config, Map<String, List<String>> captions) {
        if (config.synonyms().isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> objects = synonyms(config.synonyms().get());
        Map<String, Set<String>> present = new HashMap<>();
        config.instances().ifPresent(file -> instances(file, objects, present));
        Chair named = new Chair(objects, Map.of());
        captions.forEach(
                (image, texts) ->
                        texts.forEach(
                                text ->
                                        present.computeIfAbsent(image, id -> new HashSet<>())
                                                .addAll(named.named(text))));
        return Optional.of(new Chair(objects, present));
    }

    private static Map<String, String> synonyms(Path file) {
        Map<String, String> objects = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] names = line.strip().toLowerCase(Locale.ROOT).split("\\s*,\\s*");
                for (String name : names) {
                    if (!name.isEmpty()) {
                        objects.putIfAbsent(name, names[0]);
                    }
                }
            }
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
        if (objects.isEmpty()) {
            throw new UsageException(
                    "%s names no object; CHAIR's synonym file has one line per object, with commas"
                            .formatted(file));
        }
        return objects;
    }

    private static void instances(
            Path file, Map<String, String> objects, Map<String, Set<String>> present) {
        ForeignJson json = ForeignJson.read(file);
        Map<String, String> names = new HashMap<>();
        for (ForeignJson category : json.at("categories").elements()) {
            names.put(category.at("id").id(), category.at("name").text());
        }
        for (ForeignJson one : json.at("annotations").elements()) {
            String name = names.get(one.at("category_id").id());
            if (name == null) {
                throw one.at("category_id").wrong("the id of a category in the same file");
            }
            present.computeIfAbsent(one.at("image_id").id(), id -> new HashSet<>())
                    .add(objects.getOrDefault(name, name));
        }
    }

    /** The objects that a text names, repeated as often as they occur. */
    public List<String> named(String text) {
        String[] words =
                text.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}]+", " ")
                        .strip()
                        .split(" ");
        List<String> found = new ArrayList<>();
        for (int at = 0; at < words.length; ) {
            int taken = 1;
            for (int length = Math.min(LONGEST, words.length - at); length > 0; length--) {
                String name = String.join(" ", List.of(words).subList(at, at + length));
                Optional<String> object = object(name);
                if (object.isPresent()) {
                    found.add(object.get());
                    taken = length;
                    break;
                }
            }
            at += taken;
        }
        return found;
    }

    private Optional<String> object(String name) {
        return singulars(name).stream().filter(objects::containsKey).findFirst().map(objects::get);
    }

    /** The name itself and its possible singular forms. */
    private static List<String> singulars(String name) {
        List<String> forms = new ArrayList<>(List.of(name));
        if (name.endsWith("ies")) {
            forms.add(name.substring(0, name.length() - 3) + "y");
        }
        if (name.endsWith("ves")) {
            forms.add(name.substring(0, name.length() - 3) + "fe");
            forms.add(name.substring(0, name.length() - 3) + "f");
        }
        if (name.endsWith("men")) {
            forms.add(name.substring(0, name.length() - 3) + "man");
        }
        if (name.endsWith("s")) {
            forms.add(name.substring(0, name.length() - 1));
        }
        if (name.endsWith("es")) {
            forms.add(name.substring(0, name.length() - 2));
        }
        return forms;
    }

    /** Counts the objects in an answer about a picture. */
    public Count count(String image, String text) {
        List<String> named = named(text);
        Set<String> there = present.getOrDefault(image, Set.of());
        return new Count(
                named.size(), (int) named.stream().filter(o -> !there.contains(o)).count());
    }
}
