package org.minigpt4j.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
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
 * From what a configuration says to the shards it means: a tar, a folder (its {@code
 * manifest.json}, or else every {@code *.tar} in it), a manifest, a brace range such as {@code
 * shards/{00000..10488}.tar} or list {@code {a,b}}, a glob in the last part of the path. Whatever
 * is named must be there.
 */
public final class ShardPlaces {

    /** The file of a folder that lists its shards. */
    public static final String MANIFEST = "manifest.json";

    private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern RANGE = Pattern.compile("(\\d+)\\.\\.(\\d+)");

    private final String dataset;

    private ShardPlaces(String dataset) {
        this.dataset = dataset;
    }

    /**
     * The shards that {@code storage} names, in the order of the places, within a place by name.
     *
     * @throws UsageException if a place holds none, or one of its shards is missing
     */
    static List<Path> find(String dataset, List<String> storage) {
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

    /** Brace lists and ranges spelled out, the leftmost varying slowest, as a shell does. */
    public static List<String> expand(String place) {
        Matcher braces = BRACES.matcher(place);
        if (!braces.find()) {
            return List.of(place);
        }
        List<String> parts;
        Matcher range = RANGE.matcher(braces.group(1));
        if (range.matches()) {
            parts = new ArrayList<>();
            long last = Long.parseLong(range.group(2));
            boolean padded = range.group(1).startsWith("0") || range.group(2).startsWith("0");
            int width = padded ? Math.max(range.group(1).length(), range.group(2).length()) : 1;
            for (long i = Long.parseLong(range.group(1)); i <= last; i++) {
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

    private List<Path> at(String place) {
        List<Path> shards = new ArrayList<>();
        List<Path> missing = new ArrayList<>();
        for (String name : expand(place)) {
            if (name.matches(".*[*?\\[].*")) {
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
                    "Data set %s: there is no shard (a .tar file) at %s."
                            .formatted(dataset, place));
        }
        return shards;
    }

    private List<Path> folder(Path folder) {
        Path manifest = folder.resolve(MANIFEST);
        return Files.isRegularFile(manifest)
                ? manifest(manifest)
                : list(folder, file -> file.toString().endsWith(".tar"));
    }

    private List<Path> glob(Path pattern) {
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + pattern.getFileName());
        Path folder = pattern.toAbsolutePath().getParent();
        return list(folder, file -> matcher.matches(file.getFileName()));
    }

    private List<Path> list(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(wanted).filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: the folder %s cannot be read.".formatted(dataset, folder), e);
        }
    }

    /** {@code {"shards": [{"path": "00000.tar", ...}, ...]}}, paths relative to the manifest. */
    private List<Path> manifest(Path file) {
        try {
            JsonObject root = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            List<Path> shards = new ArrayList<>();
            for (JsonElement shard : root.getAsJsonArray("shards")) {
                String path = shard.getAsJsonObject().get("path").getAsString();
                shards.add(file.resolveSibling(path));
            }
            return shards;
        } catch (IOException | RuntimeException e) {
            throw new UsageException(
                    "Data set %s: %s is not a manifest of shards.".formatted(dataset, file), e);
        }
    }
}
