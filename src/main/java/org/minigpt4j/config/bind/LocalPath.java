package org.minigpt4j.config.bind;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks whether what a key names is there. */
public final class LocalPath {

    private static final String PLACEHOLDER = "/path/to/";
    private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");
    private static final Pattern WILDCARD = Pattern.compile("[{*?\\[]");

    private LocalPath() {}

    /** What is wrong with a value and what to do about it; empty when nothing is. */
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
            return Optional.of("is no path (" + e.getReason() + ")");
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

    /** A folder that can be written, or made in one that can. */
    private static Optional<String> output(Path path) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            return problem(path, false, "a folder");
        }
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing)) {
            return Optional.of("names " + path + ", but " + existing + " is no folder");
        }
        return Files.isWritable(existing)
                ? Optional.empty()
                : Optional.of("needs to write to " + existing + ", which is not writable");
    }

    /** Of a brace range or a glob only the folder before the first wildcard is looked at. */
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

    /** From where a relative path counts. */
    private static String from(Path path) {
        return path.isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath();
    }
}
