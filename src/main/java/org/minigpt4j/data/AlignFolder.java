package org.minigpt4j.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The curated pairs of stage 2, {@code cc_sbu_align}: {@code filter_cap.json} with {@code
 * {"annotations": [{"image_id": "2", "caption": "..."}, ...]}} and {@code image/ID.jpg}. They are
 * few and count as one shard.
 */
final class AlignFolder implements SampleSource {

    private final Path images;
    private final List<Annotation> annotations;

    private record Annotation(String imageId, String caption) {}

    private AlignFolder(Path images, List<Annotation> annotations) {
        this.images = images;
        this.annotations = annotations;
    }

    static AlignFolder open(String dataset, List<String> storage) {
        if (storage.size() != 1) {
            throw new UsageException(
                    "Data set %s: a cc_sbu_align folder is one place, %d are given."
                            .formatted(dataset, storage.size()));
        }
        Path folder = Path.of(storage.get(0));
        Path file = folder.resolve("filter_cap.json");
        if (!Files.isRegularFile(file)) {
            throw new UsageException(
                    "Data set %s: %s is missing; a cc_sbu_align folder has it and image/ID.jpg."
                            .formatted(dataset, file));
        }
        List<Annotation> annotations = new ArrayList<>();
        try {
            JsonObject root = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            for (JsonElement element : root.getAsJsonArray("annotations")) {
                JsonObject annotation = element.getAsJsonObject();
                annotations.add(
                        new Annotation(
                                annotation.get("image_id").getAsString(),
                                annotation.get("caption").getAsString()));
            }
        } catch (IOException | RuntimeException e) {
            throw new UsageException(
                    "Data set %s: %s is not a list of annotations with image_id and caption."
                            .formatted(dataset, file),
                    e);
        }
        return new AlignFolder(folder.resolve("image"), List.copyOf(annotations));
    }

    @Override
    public int[] shardSizes() {
        return new int[] {annotations.size()};
    }

    @Override
    public List<Skip> flaws() {
        return List.of();
    }

    @Override
    public int captionLength(long number) {
        return annotations.get(Math.toIntExact(number)).caption().length();
    }

    @Override
    public RawSample read(long number) throws BadSampleException, IOException {
        Annotation annotation = annotations.get(Math.toIntExact(number));
        Path image = images.resolve(annotation.imageId() + ".jpg");
        try {
            return new RawSample(
                    annotation.imageId(), Files.readAllBytes(image), annotation.caption());
        } catch (NoSuchFileException e) {
            throw new BadSampleException(Fault.NO_IMAGE, image + " is missing", e)
                    .withKey(annotation.imageId());
        }
    }
}
