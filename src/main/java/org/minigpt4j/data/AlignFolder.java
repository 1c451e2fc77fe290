package org.minigpt4j.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.RemoteFiles;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    private final String dataset;
    private final Folder folder;
    private final List<Annotation> annotations;

    private record Annotation(String imageId, String caption) {}

    /** Where it lies: here or far away. */
    interface Folder {

        /** A file's bytes; says by its exception if there is none. */
        byte[] read(String name) throws IOException;

        /** How many bytes a file has. */
        long length(String name) throws IOException;
    }

    private record Near(Path root) implements Folder {

        @Override
        public byte[] read(String name) throws IOException {
            return Files.readAllBytes(root.resolve(name));
        }

        @Override
        public long length(String name) throws IOException {
            return Files.size(root.resolve(name));
        }
    }

    private record Far(String root, RemoteStorage storage) implements Folder {

        @Override
        public byte[] read(String name) throws IOException {
            return storage.read(root + "/" + name);
        }

        @Override
        public long length(String name) throws IOException {
            return storage.length(root + "/" + name);
        }
    }

    private AlignFolder(String dataset, Folder folder, List<Annotation> annotations) {
        this.dataset = dataset;
        this.folder = folder;
        this.annotations = annotations;
    }

    static AlignFolder open(String dataset, List<String> storage, RemoteStorage remote) {
        if (storage.size() != 1) {
            throw new UsageException(
                    "Data set %s: a cc_sbu_align folder is one place, %d are given."
                            .formatted(dataset, storage.size()));
        }
        String root = storage.get(0).replaceAll("/+$", "");
        Folder folder =
                RemoteFiles.isRemote(root) ? new Far(root, remote) : new Near(Path.of(root));
        String file = root + "/filter_cap.json";
        byte[] json;
        try {
            json = folder.read("filter_cap.json");
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new UsageException(
                    "Data set %s: %s is missing; a cc_sbu_align folder has it and image/ID.jpg."
                            .formatted(dataset, file),
                    e);
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: %s cannot be read: %s".formatted(dataset, file, e.getMessage()),
                    e);
        }
        List<Annotation> annotations = new ArrayList<>();
        try {
            JsonObject content =
                    JsonParser.parseString(new String(json, StandardCharsets.UTF_8))
                            .getAsJsonObject();
            for (JsonElement element : content.getAsJsonArray("annotations")) {
                JsonObject annotation = element.getAsJsonObject();
                annotations.add(
                        new Annotation(
                                annotation.get("image_id").getAsString(),
                                annotation.get("caption").getAsString()));
            }
        } catch (RuntimeException e) {
            throw new UsageException(
                    "Data set %s: %s is not a list of annotations with image_id and caption."
                            .formatted(dataset, file),
                    e);
        }
        return new AlignFolder(dataset, folder, List.copyOf(annotations));
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
    public String identity(long number) throws BadSampleException, IOException {
        Annotation annotation = annotations.get(Math.toIntExact(number));
        String id = annotation.imageId();
        long length = withImage(annotation, folder::length);
        return FeatureStore.name(dataset, "image", id, 0, length);
    }

    @Override
    public RawSample read(long number, boolean withImage) throws BadSampleException, IOException {
        Annotation annotation = annotations.get(Math.toIntExact(number));
        byte[] image = withImage ? withImage(annotation, folder::read) : new byte[0];
        return new RawSample(annotation.imageId(), image, annotation.caption());
    }

    private interface OfImage<T> {
        T of(String file) throws IOException;
    }

    private static <T> T withImage(Annotation annotation, OfImage<T> what)
            throws BadSampleException, IOException {
        String file = "image/" + annotation.imageId() + ".jpg";
        try {
            return what.of(file);
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new BadSampleException(Fault.NO_IMAGE, file + " is missing", e)
                    .withKey(annotation.imageId());
        }
    }
}
