package org.minigpt4j.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.SampleSource;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * The curated pairs of stage 2, {@code cc_sbu_align}: {@code filter_cap.json} with {@code
 * {"annotations": [{"image_id": "2", "caption": "..."}, ...]}} and {@code image/ID.jpg}.
 */
final class AlignFolder {

    private static final String FILE = "filter_cap.json";

    private AlignFolder() {}

    static SampleSource open(String dataset, String place, RemoteStorage remote) {
        String root = place.replaceAll("/+$", "");
        Folder folder = Folder.at(root, remote);
        String file = root + "/" + FILE;
        byte[] json;
        try {
            json = folder.read(FILE);
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
        List<FileSource.Entry> entries = new ArrayList<>();
        try {
            JsonObject content =
                    JsonParser.parseString(new String(json, StandardCharsets.UTF_8))
                            .getAsJsonObject();
            for (JsonElement element : content.getAsJsonArray("annotations")) {
                JsonObject annotation = element.getAsJsonObject();
                String id = annotation.get("image_id").getAsString();
                String caption = annotation.get("caption").getAsString();
                entries.add(new FileSource.Entry(id, "image/" + id + ".jpg", caption));
            }
        } catch (RuntimeException e) {
            throw new UsageException(
                    "Data set %s: %s is not a list of annotations with image_id and caption."
                            .formatted(dataset, file),
                    e);
        }
        return new FileSource(dataset, folder, entries);
    }
}
