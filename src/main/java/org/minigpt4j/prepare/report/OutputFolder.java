package org.minigpt4j.prepare.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ReadFailure;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of shards as img2dataset and {@code prepare} leave it: {@code NNNNN.tar}, {@code
 * NNNNN.parquet} and, once both are whole, {@code NNNNN_stats.json}; or a folder of such folders,
 * one for each list. A shard without the last file is not finished and is skipped.
 */
final class OutputFolder {

    private static final Pattern STATS = Pattern.compile("((?:[^/]+/)?\\d+)_stats\\.json");

    private final FileSystem files;
    private final Path root;

    private OutputFolder(FileSystem files, Path root) {
        this.files = files;
        this.root = root;
    }

    /**
     * A finished shard.
     *
     * @param name its number as in the file names, after its folder's name: {@code laion/00012}
     * @param tarBytes bytes of its tar
     */
    record Shard(String name, long tarBytes, Stats stats) {}

    /** What {@code NNNNN_stats.json} says. */
    record Stats(
            long count,
            long successes,
            Duration duration,
            Optional<Instant> begin,
            Optional<Instant> end) {}

    /** The folder at a path or URI; Hadoop's configuration says how it is reached. */
    static OutputFolder open(String folder, Configuration hadoop) {
        try {
            Path root = new Path(folder);
            FileSystem found = root.getFileSystem(hadoop);
            // No .crc files beside the report.
            FileSystem files = found instanceof LocalFileSystem near ? near.getRaw() : found;
            if (!files.getFileStatus(root).isDirectory()) {
                throw new UsageException(folder + " is not a folder of shards.");
            }
            return new OutputFolder(files, files.makeQualified(root));
        } catch (FileNotFoundException e) {
            throw new UsageException(
                    folder + " does not exist; name the folder that prepare wrote to.", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The folder's address. */
    String address() {
        return root.toString();
    }

    /** The finished shards, by name; at least one. */
    List<Shard> shards() {
        Map<String, Long> lengths = new HashMap<>();
        try {
            for (FileStatus entry : files.listStatus(root)) {
                String name = entry.getPath().getName();
                if (entry.isFile()) {
                    lengths.put(name, entry.getLen());
                } else if (!name.startsWith(".") && !name.startsWith("_")) {
                    for (FileStatus file : files.listStatus(entry.getPath())) {
                        lengths.put(name + "/" + file.getPath().getName(), file.getLen());
                    }
                }
            }
        } catch (IOException e) {
            throw new FailedException(root + " cannot be listed: " + e.getMessage(), e);
        }
        List<String> finished = new ArrayList<>();
        for (String file : lengths.keySet()) {
            Matcher stats = STATS.matcher(file);
            if (stats.matches()) {
                finished.add(stats.group(1));
            }
        }
        if (finished.isEmpty()) {
            throw new UsageException(
                    root
                            + " holds no finished shard (NNNNN.tar, NNNNN.parquet and"
                            + " NNNNN_stats.json); run prepare first.");
        }
        finished.sort(null);
        return finished.stream().map(name -> shard(name, lengths)).toList();
    }

    private Shard shard(String name, Map<String, Long> lengths) {
        for (String file : List.of(name + ".tar", name + ".parquet")) {
            if (!lengths.containsKey(file)) {
                throw new UsageException(
                        "%s has %s_stats.json but no %s; delete the former and run prepare again."
                                .formatted(root, name, file));
            }
        }
        return new Shard(name, lengths.get(name + ".tar"), stats(name + "_stats.json"));
    }

    private Stats stats(String file) {
        try (InputStream in = open(file)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            JsonObject json = JsonParser.parseString(text).getAsJsonObject();
            return new Stats(
                    json.get("count").getAsLong(),
                    json.get("successes").getAsLong(),
                    Duration.ofMillis(Math.round(seconds(json, "duration").orElse(0.0) * 1e3)),
                    seconds(json, "start_time").map(OutputFolder::instant),
                    seconds(json, "end_time").map(OutputFolder::instant));
        } catch (IOException e) {
            throw new FailedException(root + "/" + file + " cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new UsageException(
                    root + "/" + file + " is not the statistics of a shard: " + e.getMessage(), e);
        }
    }

    private static Optional<Double> seconds(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value == null || value.isJsonNull()
                ? Optional.empty()
                : Optional.of(value.getAsDouble());
    }

    private static Instant instant(double seconds) {
        return Instant.ofEpochMilli(Math.round(seconds * 1e3));
    }

    /** The shard whose table Spark calls by that address. */
    String shardOf(String table) {
        String path = URI.create(table).getPath();
        return path.substring(
                root.toUri().getPath().length() + 1, path.length() - ".parquet".length());
    }

    /** The address of a file of the folder. */
    String address(String file) {
        return new Path(root, file).toString();
    }

    /** The address of a file as a URI. */
    String uri(String file) {
        return new Path(root, file).toUri().toString();
    }

    /** A file from its first byte on. */
    FSDataInputStream open(String file) throws IOException {
        return files.open(new Path(root, file));
    }

    /** Writes a whole file in place of a former one; a reader never sees half of it. */
    String write(String file, String text) {
        Path target = new Path(root, file);
        if ("file".equals(target.toUri().getScheme())) {
            AtomicFile.writeString(java.nio.file.Path.of(target.toUri().getPath()), text);
            return target.toString();
        }
        Path temporary = new Path(root, "." + file + ".tmp");
        try {
            // An object store shows an object when its stream is closed, and renames slowly.
            boolean objects = files.getUri().getScheme().startsWith("s3");
            try (FSDataOutputStream out = files.create(objects ? target : temporary, true)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            if (!objects) {
                files.delete(target, false);
                if (!files.rename(temporary, target)) {
                    throw new IOException("could not rename " + temporary);
                }
            }
        } catch (IOException e) {
            throw new FailedException(
                    "could not write %s: %s".formatted(target, ReadFailure.reason(e)), e);
        }
        return target.toString();
    }
}
