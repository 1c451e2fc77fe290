package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.text.CaptionText;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads COCO's caption annotations: {@code coco/annotations/captions_train2017.json}, with pictures
 * in {@code coco/train2017/*.jpg}. Every caption is a sample; its key is the annotation's id.
 *
 * <p>A picture's path is the last two parts of its {@code coco_url}, as in DJL's {@code
 * CocoDetection}. If there is no {@code coco_url}, the path is {@code file_name} in the folder that
 * the annotation file is named after, the usual layout with pycocotools.
 */
final class CocoCaptions {

    private static final Pattern FOLDER = Pattern.compile("(?:.*/)?captions_(.+)\\.json");

    private CocoCaptions() {}

    static SampleSource open(String dataset, String place, RemoteStorage remote) {
        String file =
                RemoteFiles.isRemote(place)
                        ? place
                        : Path.of(place).toAbsolutePath().normalize().toString();
        int name = file.lastIndexOf('/');
        int parent = file.lastIndexOf('/', name - 1);
        Folder root = Folder.at(file.substring(0, Math.max(0, parent)), remote);
        try {
            ForeignJson json = ForeignJson.parse(file, root.read(file.substring(parent + 1)));
            List<Skip> flaws = new ArrayList<>();
            List<FileSource.Entry> entries = entries(dataset, json, flaws);
            return new FileSource(dataset, root, entries, flaws);
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: %s cannot be read: %s. The storage of coco_captions is a file such as coco/annotations/captions_train2017.json."
                            .formatted(dataset, place, ReadFailure.reason(e)),
                    e);
        } catch (UsageException e) {
            throw new UsageException(
                    "Data set %s: no file of COCO captions: %s".formatted(dataset, e.getMessage()),
                    e);
        }
    }

    private static List<FileSource.Entry> entries(
            String dataset, ForeignJson json, List<Skip> flaws) {
        Map<String, String> pictures = new HashMap<>();
        for (ForeignJson image : json.at("images").elements()) {
            try {
                pictures.put(image.at("id").id(), picture(image));
            } catch (UsageException e) {
                flaws.add(new Skip(dataset, image.place(), Fault.NO_IMAGE, e.getMessage(), 0));
            }
        }
        List<FileSource.Entry> entries = new ArrayList<>();
        for (ForeignJson annotation : json.at("annotations").elements()) {
            try {
                String picture = pictures.get(annotation.at("image_id").id());
                if (picture == null) {
                    String what = annotation.at("image_id").wrong("an image's id").getMessage();
                    flaws.add(new Skip(dataset, annotation.place(), Fault.NO_IMAGE, what));
                    continue;
                }
                entries.add(
                        new FileSource.Entry(
                                annotation.at("id").id(),
                                picture,
                                AlignFolder.caption(annotation.at("caption"))));
            } catch (UsageException e) {
                flaws.add(new Skip(dataset, annotation.place(), Fault.NO_CAPTION, e.getMessage()));
            } catch (CaptionText.BrokenCaptionException e) {
                String what = annotation.at("caption").place() + " " + e.getMessage();
                flaws.add(new Skip(dataset, annotation.place(), Fault.BROKEN_CAPTION, what));
            }
        }
        return entries;
    }

    private static String picture(ForeignJson image) {
        ForeignJson url = image.at("coco_url");
        if (url.isText()) {
            String path = url.text().replaceFirst("[?#].*", "");
            String[] parts = path.split("/");
            if (parts.length >= 2) {
                return parts[parts.length - 2] + "/" + parts[parts.length - 1];
            }
        }
        ForeignJson name = image.at("file_name");
        if (!name.isText()) {
            throw name.wrong("text, where coco_url names no folder and file");
        }
        Matcher folder = FOLDER.matcher(image.file());
        return folder.matches() ? folder.group(1) + "/" + name.text() : name.text();
    }
}
