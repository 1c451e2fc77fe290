package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.text.CaptionText;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the curated pairs of stage 2, {@code cc_sbu_align}: {@code filter_cap.json} with {@code
 * {"annotations": [{"image_id": "2", "caption": "..."}, ...]}} and {@code image/ID.jpg}.
 * Annotations without an id or a caption are skipped and counted.
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
                    "Data set %s: %s is missing; a cc_sbu_align folder holds it and image/ID.jpg."
                            .formatted(dataset, file),
                    e);
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: %s cannot be read: %s"
                            .formatted(dataset, file, ReadFailure.reason(e)),
                    e);
        }
        List<FileSource.Entry> entries = new ArrayList<>();
        List<Skip> flaws = new ArrayList<>();
        for (ForeignJson annotation : annotations(dataset, ForeignJson.parse(file, json))) {
            try {
                String id = annotation.at("image_id").id();
                String caption = caption(annotation.at("caption"));
                entries.add(new FileSource.Entry(id, "image/" + id + ".jpg", caption));
            } catch (UsageException e) {
                flaws.add(new Skip(dataset, annotation.place(), Fault.NO_CAPTION, e.getMessage()));
            } catch (CaptionText.BrokenCaptionException e) {
                String what = "%s: %s".formatted(file, annotation.at("caption").place());
                flaws.add(
                        new Skip(
                                dataset,
                                annotation.place(),
                                Fault.BROKEN_CAPTION,
                                what + " " + e.getMessage()));
            }
        }
        return new FileSource(dataset, folder, entries, flaws);
    }

    private static List<ForeignJson> annotations(String dataset, ForeignJson content) {
        try {
            return content.at("annotations").elements();
        } catch (UsageException e) {
            throw new UsageException(
                    "Data set %s: %s; it is {\"annotations\": [{\"image_id\": \"2\", \"caption\": \"...\"}, ...]}."
                            .formatted(dataset, e.getMessage()),
                    e);
        }
    }

    /** Returns a caption as text; a number is accepted too. */
    static String caption(ForeignJson value) throws CaptionText.BrokenCaptionException {
        return CaptionText.checked(value.isNumber() ? value.found() : value.text());
    }
}
