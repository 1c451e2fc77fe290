package org.minigpt4j.prepare.align;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Looks at every pair of a {@code cc_sbu_align} folder as training would: {@code filter_cap.json}
 * with {@code {"annotations": [{"image_id": "2", "caption": "..."}, ...]}} and {@code
 * image/ID.jpg}. Each picture is decoded to its end.
 */
public final class AlignFolderCheck {

    /** Pairs of the set that was published with MiniGPT-4. */
    public static final int PUBLISHED = 3439;

    /** The side that pictures are decoded to; the size does not matter here. */
    private static final int SIDE = 32;

    private final Path folder;
    private final Optional<Integer> expected;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * Something found.
     *
     * @param id the image's id, or the annotation's place where it has none; empty for the whole
     * @param detail what was seen, for a person
     */
    public record Finding(AlignFault fault, String id, String detail) {}

    /**
     * The whole of it.
     *
     * @param listed annotations in the JSON
     * @param usable pairs that can be trained on
     */
    public record Result(int listed, int usable, List<Finding> findings) {

        /** Keeps a copy. */
        public Result {
            findings = List.copyOf(findings);
        }

        /** True if every pair can be trained on and none is missing. */
        public boolean isHealthy() {
            return findings.stream().noneMatch(finding -> finding.fault().isSerious());
        }

        /** Writes every finding to a file, a line of JSON each. */
        public void write(Path file) {
            StringBuilder lines = new StringBuilder();
            for (Finding finding : findings) {
                JsonObject line = new JsonObject();
                line.addProperty("fault", finding.fault().name());
                line.addProperty("serious", finding.fault().isSerious());
                line.addProperty("id", finding.id());
                line.addProperty("detail", finding.detail());
                lines.append(line).append('\n');
            }
            AtomicFile.writeString(file, lines.toString());
        }
    }

    private record Annotation(String id, String caption) {}

    private record Picture(String id, String sha256, Optional<Finding> finding) {}

    private AlignFolderCheck(Path folder, Optional<Integer> expected) {
        this.folder = folder;
        this.expected = expected;
    }

    /**
     * Checks a folder.
     *
     * @param expected how many pairs it should hold, if that is known
     * @throws UsageException if there is no such folder, or its JSON cannot be read at all
     */
    public static Result check(Path folder, Optional<Integer> expected) {
        return new AlignFolderCheck(folder, expected).run();
    }

    private Result run() {
        JsonArray listed = annotations();
        List<Annotation> annotations = new ArrayList<>();
        for (int i = 0; i < listed.size(); i++) {
            annotation(listed.get(i), i).ifPresent(annotations::add);
        }
        Set<String> ids = new HashSet<>();
        annotations.forEach(annotation -> ids.add(annotation.id()));
        Set<String> withPicture = pictures(ids);
        int usable = captions(annotations, withPicture);
        unused(ids);
        expected.ifPresent(number -> compare(usable, number));
        return new Result(listed.size(), usable, findings);
    }

    private JsonArray annotations() {
        Path file = folder.resolve("filter_cap.json");
        String form =
                "it must be {\"annotations\": [{\"image_id\": \"2\", \"caption\": \"...\"}]}.";
        try {
            String text = decode(Files.readAllBytes(file));
            JsonElement root = JsonParser.parseString(text);
            if (root instanceof JsonObject object
                    && object.get("annotations") instanceof JsonArray annotations) {
                return annotations;
            }
            throw new UsageException(file + " has no list under \"annotations\"; " + form);
        } catch (NoSuchFileException e) {
            throw new UsageException(
                    Files.isDirectory(folder)
                            ? file
                                    + " is missing; a cc_sbu_align folder has it and"
                                    + " image/ID.jpg. dataset/README_2_STAGE.md says where to get"
                                    + " one."
                            : folder
                                    + " does not exist; dataset/README_2_STAGE.md says where to"
                                    + " get a cc_sbu_align folder.",
                    e);
        } catch (CharacterCodingException e) {
            throw new UsageException(file + " is not text in UTF-8.", e);
        } catch (JsonParseException e) {
            throw new UsageException(
                    file + " is cut short or no JSON: " + e.getMessage() + "; " + form, e);
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Unlike {@code new String}, says when bytes are no UTF-8. */
    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    private Optional<Annotation> annotation(JsonElement element, int at) {
        String place = "annotation " + (at + 1);
        if (!(element instanceof JsonObject object)) {
            return refuse(place, "is no object");
        }
        Optional<String> id = text(object, "image_id");
        Optional<String> caption = text(object, "caption");
        if (id.isEmpty() || caption.isEmpty()) {
            return refuse(
                    place, "has no text under \"" + (id.isEmpty() ? "image_id" : "caption") + "\"");
        }
        if (!id.get().matches("[^/\\\\\\x00]+") || id.get().matches("\\.{1,2}")) {
            return refuse(place, "has an image_id that is no file name: " + id.get());
        }
        return Optional.of(new Annotation(id.get(), caption.get()));
    }

    private Optional<Annotation> refuse(String place, String detail) {
        add(AlignFault.WRONG_SHAPE, place, detail);
        return Optional.empty();
    }

    private static Optional<String> text(JsonObject object, String name) {
        JsonElement value = object.get(name);
        return value != null && value.isJsonPrimitive()
                ? Optional.of(value.getAsString())
                : Optional.empty();
    }

    /** The ids whose picture can be decoded. */
    private Set<String> pictures(Set<String> ids) {
        List<Picture> pictures =
                ids.stream().sorted(AlignFolderCheck::byNumber).parallel().map(this::look).toList();
        Set<String> good = new HashSet<>();
        Map<String, String> firstWith = new HashMap<>();
        for (Picture picture : pictures) {
            if (picture.finding().isPresent()) {
                findings.add(picture.finding().get());
                continue;
            }
            good.add(picture.id());
            String first = firstWith.putIfAbsent(picture.sha256(), picture.id());
            if (first != null) {
                add(AlignFault.DUPLICATE_PICTURE, picture.id(), "the same file as " + first);
            }
        }
        return good;
    }

    private Picture look(String id) {
        Path file = picture(id);
        try {
            byte[] bytes = Files.readAllBytes(file);
            new PictureReader(SIDE).read(bytes);
            return new Picture(
                    id, new Sha256().update(ByteBuffer.wrap(bytes)).hex(), Optional.empty());
        } catch (NoSuchFileException e) {
            return bad(id, AlignFault.MISSING_PICTURE, file + " is not there");
        } catch (IOException e) {
            return bad(id, AlignFault.UNREADABLE_PICTURE, file + ": " + e.getMessage());
        } catch (MiniGpt4Exception e) {
            return bad(id, AlignFault.UNREADABLE_PICTURE, file + " " + e.getMessage());
        }
    }

    private static Picture bad(String id, AlignFault fault, String detail) {
        return new Picture(id, "", Optional.of(new Finding(fault, id, detail)));
    }

    private Path picture(String id) {
        return folder.resolve("image").resolve(id + ".jpg");
    }

    /** How many annotations have a picture and something to say of it. */
    private int captions(List<Annotation> annotations, Set<String> withPicture) {
        Map<String, String> firstWith = new HashMap<>();
        Set<String> seen = new HashSet<>();
        int usable = 0;
        for (Annotation annotation : annotations) {
            String id = annotation.id();
            if (!seen.add(id)) {
                add(AlignFault.DUPLICATE_ID, id, "has more than one annotation");
            }
            String essence = DescriptionRules.essence(annotation.caption());
            if (essence.isEmpty()) {
                add(AlignFault.EMPTY_CAPTION, id, "has a caption without a word");
                continue;
            }
            usable += withPicture.contains(id) ? 1 : 0;
            if (annotation.caption().indexOf('\uFFFD') >= 0) {
                add(AlignFault.BROKEN_CHARACTERS, id, "has U+FFFD in its caption");
            }
            String first = firstWith.putIfAbsent(essence, id);
            if (first != null) {
                add(AlignFault.DUPLICATE_CAPTION, id, "has the caption of " + first);
            }
        }
        return usable;
    }

    private void unused(Set<String> ids) {
        try (Stream<Path> files = Files.list(folder.resolve("image"))) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jpg"))
                    .map(name -> name.substring(0, name.length() - ".jpg".length()))
                    .filter(id -> !ids.contains(id))
                    .sorted(AlignFolderCheck::byNumber)
                    .forEach(id -> add(AlignFault.UNUSED_PICTURE, id, "has no annotation"));
        } catch (NoSuchFileException e) {
            return; // every picture was already said to be missing
        } catch (IOException e) {
            throw new UsageException(
                    folder.resolve("image") + " cannot be listed: " + e.getMessage(), e);
        }
    }

    private void compare(int usable, int number) {
        if (usable != number) {
            add(
                    usable < number ? AlignFault.TOO_FEW : AlignFault.TOO_MANY,
                    "",
                    "%d usable pairs where align.expected_pairs says %d; give the folder's own number there if it is not upstream's"
                            .formatted(usable, number));
        }
    }

    private void add(AlignFault fault, String id, String detail) {
        findings.add(new Finding(fault, id, detail));
    }

    /** 2 before 10; what is no number by its text. */
    private static int byNumber(String a, String b) {
        boolean numbers = a.matches("\\d{1,18}") && b.matches("\\d{1,18}");
        int order = numbers ? Long.compare(Long.parseLong(a), Long.parseLong(b)) : 0;
        return order != 0 ? order : a.compareTo(b);
    }
}
