package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.shard.Shard;
import org.minigpt4j.data.shard.ShardManifest;
import org.minigpt4j.data.shard.ShardPlaces;
import org.minigpt4j.io.LocalCache;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.io.RemoteFiles;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Remote places given as URIs: finds their shards and reads them through a cache. */
final class RemoteStorage implements AutoCloseable {

    private final RemoteFiles files;
    private final LocalCache cache;

    /** Keeps copies in {@code shards} in the cache folder. */
    RemoteStorage(BatchSettings.Storage storage) {
        this.files = new RemoteFiles(storage.hadoop());
        this.cache =
                new LocalCache(storage.cache().resolve("shards"), storage.shardCacheBytes(), files);
    }

    /**
     * Finds the shards that {@code place} means, like {@link ShardPlaces} for local ones.
     *
     * @throws UsageException if there are none, one is missing, or the storage cannot be reached
     */
    List<Shard> find(String dataset, String place) {
        try {
            List<Shard> shards = new ArrayList<>();
            List<String> missing = new ArrayList<>();
            Map<String, Map<String, Long>> folders = new HashMap<>();
            List<String> names = ShardPlaces.expand(place);
            for (String name : names) {
                if (name.matches(".*[*?\\[].*")) {
                    tars(files.glob(name), shards);
                } else if (name.endsWith(".tar")) {
                    // One folder listing returns all lengths in one request.
                    String parent = name.substring(0, name.lastIndexOf('/'));
                    Map<String, Long> lengths = folders.get(parent);
                    if (lengths == null) {
                        lengths = lengths(parent);
                        folders.put(parent, lengths);
                    }
                    add(name, lengths, shards, missing);
                } else {
                    folderOrManifest(dataset, name, shards, missing);
                }
            }
            if (!missing.isEmpty()) {
                throw new UsageException(
                        "Data set %s: %d of the shards that %s names are missing, the first is %s."
                                .formatted(dataset, missing.size(), place, missing.get(0)));
            }
            if (shards.isEmpty()) {
                throw new UsageException(
                        "Data set %s: there is no shard (a .tar file) at %s."
                                .formatted(dataset, place));
            }
            return shards;
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: %s cannot be reached: %s"
                            .formatted(dataset, place, ReadFailure.reason(e)),
                    e);
        }
    }

    private void folderOrManifest(
            String dataset, String name, List<Shard> shards, List<String> missing)
            throws IOException {
        boolean folder = files.stat(name).filter(RemoteFiles.Entry::folder).isPresent();
        String manifest = folder ? name.replaceAll("/+$", "") + "/" + ShardPlaces.MANIFEST : name;
        Optional<RemoteFiles.Entry> listed = files.stat(manifest);
        if (listed.isEmpty()) {
            if (folder) {
                tars(files.list(name), shards);
            } else {
                missing.add(name);
            }
            return;
        }
        String parent = manifest.substring(0, manifest.lastIndexOf('/'));
        Map<String, Long> lengths = lengths(parent);
        for (ShardManifest.Entry entry : entries(manifest)) {
            String address = parent + "/" + entry.path();
            Long length = lengths.get(fileName(address));
            if (length != null) {
                entry.check(dataset, address, length);
            }
            add(address, lengths, shards, missing);
        }
    }

    private List<ShardManifest.Entry> entries(String manifest) throws IOException {
        String text = new String(read(manifest), StandardCharsets.UTF_8);
        try {
            return ShardManifest.parse(text);
        } catch (RuntimeException e) {
            throw new IOException(manifest + " is not a manifest of shards", e);
        }
    }

    private Map<String, Long> lengths(String folder) throws IOException {
        Map<String, Long> lengths = new HashMap<>();
        for (RemoteFiles.Entry entry : files.list(folder)) {
            if (!entry.folder()) {
                lengths.put(fileName(entry.address()), entry.length());
            }
        }
        return lengths;
    }

    private void add(
            String address, Map<String, Long> lengths, List<Shard> shards, List<String> missing) {
        Long length = lengths.get(fileName(address));
        if (length == null) {
            missing.add(address);
        } else {
            shards.add(new Shard.Remote(address, length, files, cache));
        }
    }

    private void tars(List<RemoteFiles.Entry> entries, List<Shard> shards) {
        for (RemoteFiles.Entry entry : entries) {
            if (!entry.folder() && entry.address().endsWith(".tar")) {
                shards.add(new Shard.Remote(entry.address(), entry.length(), files, cache));
            }
        }
    }

    private static String fileName(String address) {
        return address.substring(address.lastIndexOf('/') + 1);
    }

    /** Returns a small file's bytes. */
    byte[] read(String address) throws IOException {
        try (InputStream in = files.read(address)) {
            return in.readAllBytes();
        }
    }

    /** Length of a file in bytes. */
    long length(String address) throws IOException {
        return files.stat(address)
                .orElseThrow(() -> new FileNotFoundException(address + " is missing"))
                .length();
    }

    @Override
    public void close() {
        cache.close();
        files.close();
    }
}
