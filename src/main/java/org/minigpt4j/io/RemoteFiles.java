package org.minigpt4j.io;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.local.RawLocalFs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Files that Hadoop's FileSystem reaches by URI, mainly {@code hdfs://} and {@code s3a://}. Hosts
 * and keys come from Hadoop's usual places: {@code core-site.xml} on the class path and, for {@code
 * s3a}, Amazon's environment variables. Safe for use by many threads.
 */
public final class RemoteFiles implements AutoCloseable {

    private static final Pattern URI_LIKE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");

    private static final String LOCAL = "fs.file.impl";
    private static final String LOCAL_CONTEXT = "fs.AbstractFileSystem.file.impl";

    private final Map<String, String> options;
    private final Configuration remote = new Configuration();
    private final Configuration local = new Configuration();
    private final Map<String, FileSystem> opened = new HashMap<>();

    /** A file or folder at an address. */
    public record Entry(String address, long length, boolean folder) {}

    /** Opens no connection yet; {@code options} override Hadoop's own configuration. */
    public RemoteFiles(Map<String, String> options) {
        this.options = Map.copyOf(options);
        // Hadoop's default local file system trusts the .crc files next to files, which may be
        // stale. This setting is only for local files; the buffers of remote stores use Hadoop's
        // default.
        local.set(LOCAL, RawLocalFileSystem.class.getName());
        local.set(LOCAL_CONTEXT, RawLocalFs.class.getName());
        options.forEach(local::set);
        options.forEach(remote::set);
    }

    private Configuration configuration(URI uri) {
        return uri.getScheme() == null || uri.getScheme().equals("file") ? local : remote;
    }

    /** The options passed to the constructor, to create an equal object on another host. */
    public Map<String, String> options() {
        return options;
    }

    /** True for a URI with another scheme than {@code file}. */
    public static boolean isRemote(String address) {
        return URI_LIKE.matcher(address).matches() && !address.startsWith("file:");
    }

    /** The file or folder at an address; empty if there is none. */
    public Optional<Entry> stat(String address) throws IOException {
        try {
            return Optional.of(entry(of(address).getFileStatus(new Path(address))));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    /** The entries of a folder, sorted by address; empty if the folder does not exist. */
    public List<Entry> list(String folder) throws IOException {
        try {
            return entries(of(folder).listStatus(new Path(folder)));
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    /**
     * All files in a folder and its subfolders, sorted by address; empty if the folder does not
     * exist.
     */
    public List<Entry> walk(String folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try {
            RemoteIterator<LocatedFileStatus> found = of(folder).listFiles(new Path(folder), true);
            while (found.hasNext()) {
                entries.add(entry(found.next()));
            }
        } catch (FileNotFoundException e) {
            return List.of(); // another process has just removed a folder
        }
        entries.sort(Comparator.comparing(Entry::address));
        return entries;
    }

    /** Entries that match one of Hadoop's patterns ({@code * ? [] {}}), sorted by address. */
    public List<Entry> glob(String pattern) throws IOException {
        FileStatus[] found = of(pattern).globStatus(new Path(pattern));
        return found == null ? List.of() : entries(found);
    }

    private static List<Entry> entries(FileStatus[] found) {
        List<Entry> entries = new ArrayList<>();
        for (FileStatus status : found) {
            entries.add(entry(status));
        }
        entries.sort(Comparator.comparing(Entry::address));
        return entries;
    }

    private static Entry entry(FileStatus status) {
        return new Entry(status.getPath().toString(), status.getLen(), status.isDirectory());
    }

    /** Opens a file at its first byte. */
    public InputStream read(String address) throws IOException {
        return of(address).open(new Path(address));
    }

    /** Opens a file at byte {@code position}. */
    public InputStream readFrom(String address, long position) throws IOException {
        FSDataInputStream in = of(address).open(new Path(address));
        try {
            in.seek(position);
        } catch (IOException e) {
            in.close();
            throw e;
        }
        return in;
    }

    /** Atomically writes a whole file, replacing an existing one. */
    public void write(String address, byte[] bytes) throws IOException {
        try (Upload upload = create(address)) {
            upload.stream().write(bytes);
            upload.commit();
        }
    }

    /** Begins a file that appears completely when it is committed, replacing an existing one. */
    public Upload create(String address) throws IOException {
        FileSystem files = of(address);
        Path target = new Path(address);
        return files.getUri().getScheme().startsWith("s3")
                ? new ObjectUpload(files.create(target, true))
                : new RenamedUpload(files, target, configuration(files.getUri()));
    }

    /** Deletes a file if it exists. */
    public void delete(String address) throws IOException {
        of(address).delete(new Path(address), false);
    }

    private FileSystem of(String address) throws IOException {
        URI uri = new Path(address).toUri();
        String root = uri.getScheme() + "://" + uri.getAuthority();
        synchronized (opened) {
            FileSystem known = opened.get(root);
            if (known == null) {
                HadoopUser.require();
                try {
                    known = FileSystem.newInstance(uri, configuration(uri));
                } catch (RuntimeException e) {
                    // Unknown hosts and incomplete addresses raise unchecked exceptions.
                    throw new IOException(root + ": " + e.getMessage(), e);
                }
                opened.put(root, known);
            }
            return known;
        }
    }

    @Override
    public void close() {
        synchronized (opened) {
            for (FileSystem files : opened.values()) {
                try {
                    files.close();
                } catch (IOException unimportant) {
                    continue; // all data was written when its stream was closed
                }
            }
            opened.clear();
        }
    }
}
