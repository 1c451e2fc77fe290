package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reference captions in COCO's format.
 *
 * @param captions of each image, sorted, so that the order of the file does not change the last
 *     digit of a score
 * @param without images that the file lists without a caption
 */
public record CaptionFile(Map<String, List<String>> captions, Set<String> without) {

    private static final String ANNOTATIONS = "annotations";
    private static final String IMAGES = "images";

    /**
     * Reads {@code {"images": [{"id": 42}], "annotations": [{"id": 7, "image_id": 42, "caption": "a
     * dog"}]}}; the list of images and the ids of captions are optional.
     */
    public static CaptionFile read(Path file) {
        Map<String, List<String>> captions = new TreeMap<>(IdOrder.INSTANCE);
        Map<String, String> places = new HashMap<>();
        Set<String> images = new LinkedHashSet<>();
        Set<String> lists =
                JsonEntries.in(file)
                        .list(ANNOTATIONS, entry -> add(entry, captions, places))
                        .list(IMAGES, entry -> image(entry, images))
                        .read();
        if (!lists.contains(ANNOTATIONS) || captions.isEmpty()) {
            throw new UsageException(
                    "%s holds no captions; COCO's have them in the list \"%s\""
                            .formatted(file, ANNOTATIONS));
        }
        captions.values().forEach(each -> each.sort(Comparator.naturalOrder()));
        if (lists.contains(IMAGES)) {
            for (Map.Entry<String, List<String>> image : captions.entrySet()) {
                if (!images.contains(image.getKey())) {
                    throw new UsageException(
                            "%s has captions for image %s, which is not in its list of images"
                                    .formatted(file, ForeignText.line(image.getKey())));
                }
            }
        }
        images.removeAll(captions.keySet());
        return new CaptionFile(captions, images);
    }

    /** The file names of images by id, for the images whose file name is given. */
    public static Map<String, String> names(Path file) {
        Map<String, String> names = new HashMap<>();
        JsonEntries.in(file)
                .list(
                        IMAGES,
                        entry ->
                                entry.at("file_name")
                                        .optionalText()
                                        .ifPresent(name -> names.put(entry.at("id").id(), name)))
                .read();
        return names;
    }

    private static void add(
            ForeignJson entry, Map<String, List<String>> captions, Map<String, String> places) {
        if (entry.at("id").isPresent()) {
            String id = entry.at("id").id();
            String before = places.put(id, entry.file());
            if (before != null) {
                throw new UsageException(
                        "%s has the id %s, which %s already uses"
                                .formatted(entry.file(), ForeignText.line(id), before));
            }
        }
        captions.computeIfAbsent(entry.at("image_id").id(), image -> new ArrayList<>())
                .add(entry.at("caption").text());
    }

    private static void image(ForeignJson entry, Set<String> images) {
        String id = entry.at("id").id();
        if (!images.add(id)) {
            throw new UsageException(
                    "%s repeats image %s".formatted(entry.file(), ForeignText.line(id)));
        }
    }
}
