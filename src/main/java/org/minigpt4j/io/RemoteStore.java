package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A {@link Store} in a remote folder that Hadoop reaches, mainly {@code hdfs://} and {@code
 * s3a://}. On file systems, a file is written as on a local disk: a hidden file, forced to disk, is
 * renamed over the name. Object stores have no rename; there, an object appears completely when its
 * stream is closed.
 */
final class RemoteStore implements Store {

    private final RemoteFiles files;
    private final String root;

    /** The store at {@code root}, a URI; {@code options} override Hadoop's own configuration. */
    RemoteStore(String root, Map<String, String> options) {
        this.files = new RemoteFiles(options);
        this.root = root.replaceAll("/+$", "");
    }

    @Override
    public void put(String name, List<ByteBuffer> content) {
        try (Upload upload = files.create(describe(name))) {
            WritableByteChannel out = Channels.newChannel(upload.stream());
            for (ByteBuffer part : content) {
                out.write(part.duplicate()); // writing to a stream always writes everything
            }
            upload.commit();
        } catch (IOException e) {
            throw failed("write", name, e);
        }
    }

    @Override
    public byte[] get(String name) {
        try (InputStream in = files.read(describe(name))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw failed("read", name, e);
        }
    }

    /** Includes temporary files of killed processes, so that they can be removed. */
    @Override
    public List<String> list(String prefix) {
        try {
            List<String> names = new ArrayList<>();
            for (RemoteFiles.Entry entry : files.walk(root)) {
                // Hadoop may return a longer address than the one given, such as one with the name
                // node's port.
                String name = path(entry.address()).substring(path(root).length() + 1);
                if (name.startsWith(prefix)) {
                    names.add(name);
                }
            }
            return names;
        } catch (IOException e) {
            throw failed("list", "", e);
        }
    }

    private static String path(String address) {
        return new org.apache.hadoop.fs.Path(address).toUri().getPath();
    }

    @Override
    public void delete(String name) {
        try {
            files.delete(describe(name));
            int slash = name.lastIndexOf('/');
            // Remove the folder with its last file; on object stores there is none.
            if (slash > 0 && files.list(describe(name.substring(0, slash))).isEmpty()) {
                files.delete(describe(name.substring(0, slash)));
            }
        } catch (IOException e) {
            throw failed("delete", name, e);
        }
    }

    private FailedException failed(String action, String name, IOException cause) {
        return new FailedException(
                "could not " + action + " " + describe(name) + ": " + cause.getMessage(), cause);
    }

    @Override
    public String describe(String name) {
        return name.isEmpty() ? root : root + "/" + name;
    }

    @Override
    public void close() {
        files.close();
    }
}
