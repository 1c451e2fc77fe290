package org.minigpt4j.data;

import ai.djl.basicdataset.cv.CocoMetadata;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.annotations.SerializedName;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * COCO's caption annotations: {@code coco/annotations/captions_train2017.json}, the pictures at
 * {@code coco/train2017/*.jpg}. Every caption is a sample, named by the annotation's id.
 *
 * <p>DJL's {@link CocoMetadata} says where the pictures lie, by the last two parts of their {@code
 * coco_url}, as its {@code CocoDetection} takes them. It knows boxes and no captions, so those are
 * read here.
 */
final class CocoCaptions {

    private CocoCaptions() {}

    /** The part of the file that DJL's class leaves out. */
    private record Captions(List<Caption> annotations) {}

    private record Caption(long id, @SerializedName("image_id") long imageId, String caption) {}

    static SampleSource open(String dataset, String place, RemoteStorage remote) {
        String file =
                RemoteFiles.isRemote(place)
                        ? place
                        : Path.of(place).toAbsolutePath().normalize().toString();
        int name = file.lastIndexOf('/');
        int parent = file.lastIndexOf('/', name - 1);
        Folder root = Folder.at(file.substring(0, Math.max(0, parent)), remote);
        try {
            String json = new String(root.read(file.substring(parent + 1)), StandardCharsets.UTF_8);
            return new FileSource(dataset, root, entries(json));
        } catch (IOException e) {
            throw new UsageException(
                    ("Data set %s: %s cannot be read (%s). The storage of coco_captions is a file"
                                    + " such as coco/annotations/captions_train2017.json.")
                            .formatted(dataset, place, e),
                    e);
        } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
            throw new UsageException(
                    "Data set %s: %s is no file of COCO captions: %s"
                            .formatted(dataset, place, e.getMessage()),
                    e);
        }
    }

    private static List<FileSource.Entry> entries(String json) {
        Gson gson = new Gson();
        Map<Long, String> pictures = new HashMap<>();
        for (CocoMetadata.Image image : gson.fromJson(json, CocoMetadata.class).getImages()) {
            String[] url = image.getCocoUrl().split("/");
            if (url.length < 2) {
                throw new IllegalArgumentException(
                        "the coco_url of image " + image.getId() + " names no folder and file");
            }
            pictures.put(image.getId(), url[url.length - 2] + "/" + url[url.length - 1]);
        }
        List<FileSource.Entry> entries = new ArrayList<>();
        for (Caption caption : gson.fromJson(json, Captions.class).annotations()) {
            String picture = pictures.get(caption.imageId());
            if (picture == null || caption.caption() == null) {
                throw new IllegalArgumentException(
                        "annotation " + caption.id() + " has no caption or no image of the list");
            }
            entries.add(
                    new FileSource.Entry(Long.toString(caption.id()), picture, caption.caption()));
        }
        return entries;
    }
}
