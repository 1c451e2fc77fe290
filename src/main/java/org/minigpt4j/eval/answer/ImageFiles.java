package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pictures in a folder, found by id or file name. Counts missing ones. */
final class ImageFiles {

    private static final Pattern PLACE = Pattern.compile("\\{(\\d{0,2})\\}");
    private static final int SHOWN = 3;

    private final Path folder;
    private final String name;
    private final List<String> missing = new ArrayList<>();
    private int asked;

    ImageFiles(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /** The picture with this id. */
    Question.Picture ofId(String id) {
        Matcher place = PLACE.matcher(name);
        String file =
                place.replaceAll(
                        found -> {
                            String digits = found.group(1);
                            int width = digits.isEmpty() ? 0 : Integer.parseInt(digits);
                            return Matcher.quoteReplacement(
                                    "0".repeat(Math.max(0, width - id.length())) + id);
                        });
        return named(file);
    }

    /** The picture with this file name. */
    Question.Picture named(String file) {
        Path path = folder.resolve(file).normalize();
        asked++;
        if (!path.startsWith(folder.normalize()) || !Files.isRegularFile(path)) {
            missing.add(file);
        }
        return () -> Files.readAllBytes(path);
    }

    /**
     * Checks that all pictures requested so far exist; call it after requesting them all.
     *
     * @throws UsageException if some are missing, with their number
     */
    void requireAll() {
        if (!missing.isEmpty()) {
            List<String> shown = missing.subList(0, Math.min(SHOWN, missing.size()));
            throw new UsageException(
                    ("%s of %s pictures are missing in %s: %s%s; run.eval.images sets the folder"
                                    + " and run.eval.image_name the file names")
                            .formatted(
                                    Integer.toString(missing.size()),
                                    Integer.toString(asked),
                                    folder,
                                    String.join(", ", shown),
                                    missing.size() > SHOWN ? ", ..." : ""));
        }
    }
}
