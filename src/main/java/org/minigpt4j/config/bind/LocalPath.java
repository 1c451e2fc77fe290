package org.minigpt4j.config.bind;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks that the file or folder of a key exists. */
public final class LocalPath {

    private static final String PLACEHOLDER = "/path/to/";
    private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");
    private static final Pattern WILDCARD = Pattern.compile("[{*?\\[]");

    private LocalPath() {}

    /** Says what is wrong with a value and what to do about it; empty if it is valid. */
    public static Optional<String> complaint(String text, Exists exists) {
        return wrong(text, exists.value()).map(wrong -> wrong + "; " + exists.howToGet());
    }

    private static Optional<String> wrong(String text, Exists.Kind kind) {
        if (text.isBlank()) {
            return Optional.of("is empty");
        }
        if (URI.matcher(text).matches()) {
            return uri(text, kind);
        }
        try {
            return local(text, kind);
        } catch (InvalidPathException e) {
            return Optional.of("is not a valid path (" + e.getReason() + ")");
        }
    }

    private static Optional<String> uri(String text, Exists.Kind kind) {
        if (kind != Exists.Kind.STORAGE && kind != Exists.Kind.OUTPUT_PLACE) {
            return Optional.of(
                    "is the address " + text + ", but must be a local path; nothing is downloaded");
        }
        return text.startsWith("file:///")
                ? local(text.substring("file://".length()), kind)
                : Optional.empty();
    }

    private static Optional<String> local(String text, Exists.Kind kind) {
        if (text.startsWith(PLACEHOLDER) && !Files.exists(Path.of(text))) {
            return Optional.of("still has the placeholder " + text);
        }
        Path path = Path.of(text);
        return switch (kind) {
            case FILE -> problem(path, Files.isRegularFile(path), "a file");
            case FOLDER -> problem(path, Files.isDirectory(path), "a folder");
            case FILE_OR_FOLDER -> problem(path, Files.exists(path), "");
            case OUTPUT_FOLDER, OUTPUT_PLACE -> output(path);
            case STORAGE -> storage(text);
        };
    }

    /** Checks an output folder: it must be writable, or its parent must be. */
    private static Optional<String> output(Path path) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            return problem(path, false, "a folder");
        }
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing)) {
            return Optional.of("names " + path + ", but " + existing + " is not a folder");
        }
        return Files.isWritable(existing)
                ? Optional.empty()
                : Optional.of("needs to write to " + existing + ", which is not writable");
    }

    /**
     * Checks a storage. For a brace range or a glob, only the folder before the first wildcard is
     * checked.
     */
    private static Optional<String> storage(String text) {
        Matcher wildcard = WILDCARD.matcher(text);
        if (!wildcard.find()) {
            return problem(Path.of(text), Files.exists(Path.of(text)), "");
        }
        Path folder = Path.of(text.substring(0, text.lastIndexOf('/', wildcard.start()) + 1));
        return problem(folder, Files.isDirectory(folder), "a folder");
    }

    private static Optional<String> problem(Path path, boolean fits, String wanted) {
        if (fits) {
            return Optional.empty();
        }
        return Optional.of(
                Files.exists(path)
                        ? "names %s, which is not %s".formatted(path, wanted)
                        : "names %s, which does not exist%s".formatted(path, from(path)));
    }

    /** The directory that a relative path refers to, for messages. */
    private static String from(Path path) {
        return path.isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath();
    }
}
