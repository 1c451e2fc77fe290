package org.minigpt4j.prepare.list;

import org.apache.spark.SparkEnv;
import org.apache.spark.util.ShutdownHookManager;
import org.apache.spark.util.Utils;
import org.minigpt4j.data.shard.PackedTar;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Unpacked copies of packed tars, for pictures are read from the middle of them in any order. An
 * executor makes its own in Spark's local folder ({@code spark.local.dir}) when the first of its
 * tasks asks for one; all its tasks share it, so it is in a static registry, as {@link
 * org.minigpt4j.prepare.fetch.SharedFetcher} is. Spark removes the folder at the end.
 */
public final class UnpackedTars {

    private static final Map<String, Copy> OF_THIS_JVM = new ConcurrentHashMap<>();

    private UnpackedTars() {}

    /** One tar's copy; a second user of it waits while the first unpacks. */
    private static final class Copy {

        private Path file;

        synchronized Path file(String address, PackedTar kind, RemoteFiles files)
                throws IOException {
            if (file == null || !Files.isRegularFile(file)) {
                Path copy = folder().resolve("unpacked.tar");
                try (InputStream packed = files.read(address)) {
                    kind.unpack(packed, copy, address);
                }
                file = copy;
            }
            return file;
        }

        private static Path folder() throws IOException {
            SparkEnv spark = SparkEnv.get();
            String root =
                    spark == null
                            ? System.getProperty("java.io.tmpdir")
                            : Utils.getLocalDir(spark.conf());
            Path folder = Files.createTempDirectory(Path.of(root), "minigpt4j");
            ShutdownHookManager.registerShutdownDeleteDir(folder.toFile());
            return folder;
        }
    }

    /** The place of a packed tar, to which {@code OFFSET+LENGTH} in its unpacked copy is added. */
    static String place(String address, PackedTar kind) {
        return "%s#%s:".formatted(address, kind.name().toLowerCase(Locale.ROOT));
    }

    /** The copy of a packed tar, made if there is none. */
    static Path copyOf(String address, PackedTar kind, RemoteFiles files) throws IOException {
        return OF_THIS_JVM.computeIfAbsent(address, tar -> new Copy()).file(address, kind, files);
    }

    /**
     * Bytes of the copy from {@code position} on.
     *
     * @param kind how the tar is packed, as {@link #place} says it
     */
    public static InputStream open(String address, String kind, long position, RemoteFiles files)
            throws IOException {
        Path copy = copyOf(address, PackedTar.valueOf(kind.toUpperCase(Locale.ROOT)), files);
        InputStream in = Files.newInputStream(copy);
        try {
            in.skipNBytes(position);
        } catch (IOException e) {
            in.close();
            throw e;
        }
        return in;
    }
}
