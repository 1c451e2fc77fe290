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
 * Files that Hadoop's FileSystem reaches by their URIs, {@code hdfs://} and {@code s3a://} above
 * all. Hosts and keys are found as Hadoop finds them, in the {@code core-site.xml} of the class
 * path and, for {@code s3a}, in Amazon's environment variables. Safe for use by many threads.
 */
public final class RemoteFiles implements AutoCloseable {

    private static final Pattern URI_LIKE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");

    private static final String LOCAL = "fs.file.impl";
    private static final String LOCAL_CONTEXT = "fs.AbstractFileSystem.file.impl";

    private final Map<String, String> options;
    private final Configuration remote = new Configuration();
    private final Configuration local = new Configuration();
    private final Map<String, FileSystem> opened = new HashMap<>();

    /** What an address names. */
    public record Entry(String address, long length, boolean folder) {}

    /** Opens nothing yet; {@code options} come before what Hadoop finds. */
    public RemoteFiles(Map<String, String> options) {
        this.options = Map.copyOf(options);
        // Hadoop's usual one believes in .crc files beside the files, which may be stale. Only for
        // files here: stores elsewhere ask Hadoop for its usual one, for their own buffers.
        local.set(LOCAL, RawLocalFileSystem.class.getName());
        local.set(LOCAL_CONTEXT, RawLocalFs.class.getName());
        options.forEach(local::set);
        options.forEach(remote::set);
    }

    private Configuration configuration(URI uri) {
        return uri.getScheme() == null || uri.getScheme().equals("file") ? local : remote;
    }

    /** The options it was made with, to make another like it elsewhere. */
    public Map<String, String> options() {
        return options;
    }

    /** True for a URI of another scheme than {@code file}. */
    public static boolean isRemote(String address) {
        return URI_LIKE.matcher(address).matches() && !address.startsWith("file:");
    }

    /** What is there, if anything. */
    public Optional<Entry> stat(String address) throws IOException {
        try {
            return Optional.of(entry(of(address).getFileStatus(new Path(address))));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    /** What is in a folder, by address; empty if there is no such folder. */
    public List<Entry> list(String folder) throws IOException {
        try {
            return entries(of(folder).listStatus(new Path(folder)));
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    /**
     * The files in a folder and in those below it, by address; empty if there is no such folder.
     */
    public List<Entry> walk(String folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try {
            RemoteIterator<LocatedFileStatus> found = of(folder).listFiles(new Path(folder), true);
            while (found.hasNext()) {
                entries.add(entry(found.next()));
            }
        } catch (FileNotFoundException e) {
            return List.of(); // a folder that another process removes is none either
        }
        entries.sort(Comparator.comparing(Entry::address));
        return entries;
    }

    /** What matches a pattern of Hadoop's ({@code * ? [] {}}), by address. */
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

    /** A file's bytes from the first on. */
    public InputStream read(String address) throws IOException {
        return of(address).open(new Path(address));
    }

    /** A file's bytes from byte {@code position} on. */
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

    /** Writes a whole file that shows up at once, over one that is there, or not at all. */
    public void write(String address, byte[] bytes) throws IOException {
        try (Upload upload = create(address)) {
            upload.stream().write(bytes);
            upload.commit();
        }
    }

    /**
     * Begins a file that shows up whole when it is committed, over one that is there, or not at
     * all.
     */
    public Upload create(String address) throws IOException {
        FileSystem files = of(address);
        Path target = new Path(address);
        return files.getUri().getScheme().startsWith("s3")
                ? new ObjectUpload(files.create(target, true))
                : new RenamedUpload(files, target, configuration(files.getUri()));
    }

    /** Removes a file, if it is there. */
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
                    // Unknown hosts and missing parts of an address come unchecked.
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
                    continue; // all was written when its stream was closed
                }
            }
            opened.clear();
        }
    }
}
