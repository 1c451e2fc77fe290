package org.minigpt4j.data.shard;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Resolves the {@code storage} of a configuration to shards: a tar, a folder (its {@code
 * manifest.json}, or else every {@code *.tar} in it), a manifest, a brace range such as {@code
 * shards/{00000..10488}.tar} or list {@code {a,b}}, or a glob in the last part of the path.
 * Everything that is named must exist.
 */
public final class ShardPlaces {

    /** The file in a folder that lists its shards. */
    public static final String MANIFEST = "manifest.json";

    private static final int MOST_SHARDS = 10_000_000;
    private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern PACKED =
            Pattern.compile("(.*)(?:\\.tgz|\\.tar\\.(?:gz|bz2|zst|xz|lz4))", Pattern.DOTALL);

    private static final Pattern RANGE = Pattern.compile("(\\d+)\\.\\.(\\d+)");

    private final String dataset;

    private ShardPlaces(String dataset) {
        this.dataset = dataset;
    }

    /**
     * The shards in {@code storage}, in the order of the places and by name within a place.
     *
     * @throws UsageException if a place has no shard, or a shard is missing
     */
    public static List<Path> find(String dataset, List<String> storage) {
        ShardPlaces places = new ShardPlaces(dataset);
        List<Path> shards = new ArrayList<>();
        for (String place : storage) {
            shards.addAll(places.at(place));
        }
        if (shards.isEmpty()) {
            throw new UsageException("Data set %s names no storage.".formatted(dataset));
        }
        return shards;
    }

    /** Expands brace lists and ranges; the leftmost varies slowest, as in a shell. */
    public static List<String> expand(String place) {
        Matcher braces = BRACES.matcher(place);
        if (!braces.find()) {
            return List.of(place);
        }
        List<String> parts;
        Matcher range = RANGE.matcher(braces.group(1));
        if (range.matches()) {
            parts = new ArrayList<>();
            long first = number(place, range.group(1));
            long last = number(place, range.group(2));
            if (last - first >= MOST_SHARDS) {
                throw new UsageException(
                        "%s names more than %,d shards.".formatted(place, MOST_SHARDS));
            }
            boolean padded = range.group(1).startsWith("0") || range.group(2).startsWith("0");
            int width = padded ? Math.max(range.group(1).length(), range.group(2).length()) : 1;
            for (long i = first; i <= last; i++) {
                parts.add(String.format(Locale.ROOT, "%0" + width + "d", i));
            }
        } else {
            parts = List.of(braces.group(1).split(",", -1));
        }
        List<String> expanded = new ArrayList<>();
        for (String part : parts) {
            expanded.addAll(
                    expand(
                            place.substring(0, braces.start())
                                    + part
                                    + place.substring(braces.end())));
        }
        return expanded;
    }

    private static long number(String place, String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new UsageException("%s counts to %s, which is too far.".formatted(place, digits));
        }
    }

    private List<Path> at(String place) {
        List<Path> shards = new ArrayList<>();
        List<Path> missing = new ArrayList<>();
        // A file with exactly this name takes precedence, whatever characters the name has.
        List<String> names = exists(place) ? List.of(place) : expand(place);
        for (String name : names) {
            if (name.matches(".*[*?\\[].*") && !exists(name)) {
                shards.addAll(glob(Path.of(name)));
            } else if (Files.isDirectory(Path.of(name))) {
                shards.addAll(folder(Path.of(name)));
            } else if (name.endsWith(".json") && Files.isRegularFile(Path.of(name))) {
                shards.addAll(manifest(Path.of(name)));
            } else {
                shards.add(Path.of(name));
            }
        }
        for (Path shard : shards) {
            if (!Files.isRegularFile(shard)) {
                missing.add(shard);
            }
        }
        if (!missing.isEmpty()) {
            throw new UsageException(
                    "Data set %s: %d of the %d shards that %s names are missing, the first is %s."
                            .formatted(
                                    dataset, missing.size(), shards.size(), place, missing.get(0)));
        }
        if (shards.isEmpty()) {
            throw new UsageException(
                    "Data set %s: there is no shard (a .tar file) at %s%s."
                            .formatted(dataset, place, otherFormat(place)));
        }
        return shards;
    }

    private static boolean exists(String name) {
        try {
            return Files.exists(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Suggests another format if a folder without shards looks like one. */
    private String otherFormat(String place) {
        if (!Files.isDirectory(Path.of(place))) {
            return "";
        }
        String format = "; it looks like datasets.%s.format: %s";
        if (Files.exists(Path.of(place, "filter_cap.json"))) {
            return format.formatted(dataset, "cc_sbu_align");
        }
        try (Stream<Path> files = Files.walk(Path.of(place), 2, FileVisitOption.FOLLOW_LINKS)) {
            return files.anyMatch(ShardPlaces::isPicture)
                    ? format.formatted(dataset, "image_folder")
                    : "";
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return SampleGroups.IMAGES.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    private List<Path> folder(Path folder) {
        Path manifest = folder.resolve(MANIFEST);
        return Files.isRegularFile(manifest)
                ? manifest(manifest)
                : list(folder, ShardPlaces::isTar);
    }

    private List<Path> glob(Path pattern) {
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + pattern.getFileName());
        Path folder = pattern.toAbsolutePath().getParent();
        return list(folder, file -> matcher.matches(file.getFileName()) && isTar(file));
    }

    /** True for a tar, and for a packed tar unless its unpacked form is next to it. */
    private static boolean isTar(Path file) {
        String name = file.toString();
        Matcher packed = PACKED.matcher(name);
        return name.endsWith(".tar")
                || packed.matches() && !Files.exists(Path.of(packed.group(1) + ".tar"));
    }

    private List<Path> list(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(wanted).filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: the folder %s cannot be read: %s"
                            .formatted(dataset, folder, ReadFailure.reason(e)),
                    e);
        }
    }

    private List<Path> manifest(Path file) {
        List<Path> shards = new ArrayList<>();
        for (ShardManifest.Entry entry : entries(file)) {
            Path shard = file.resolveSibling(entry.path());
            shards.add(shard);
            try {
                entry.check(dataset, shard, Files.size(shard));
            } catch (IOException missing) {
                continue; // the caller reports all missing shards together
            }
        }
        return shards;
    }

    private List<ShardManifest.Entry> entries(Path manifest) {
        try {
            return ShardManifest.parse(Files.readString(manifest));
        } catch (IOException | RuntimeException e) {
            throw new UsageException(
                    "Data set %s: %s is not a manifest of shards.".formatted(dataset, manifest), e);
        }
    }
}
