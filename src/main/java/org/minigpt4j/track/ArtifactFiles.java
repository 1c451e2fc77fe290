package org.minigpt4j.track;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Artifacts of stores whose place a client writes to itself: a folder, {@code file:}, {@code
 * hdfs:}, {@code s3:} and {@code s3a:}, through Hadoop's FileSystem where it is not this machine's.
 */
final class ArtifactFiles {

    private ArtifactFiles() {}

    /** Puts a file at {@code path} below a run's artifacts. */
    static void put(String artifactUri, String path, Path source)
            throws UnavailableException, RefusedException {
        try {
            if (!RemoteFiles.isRemote(artifactUri)) {
                AtomicFile.copy(source, local(artifactUri).resolve(path));
                return;
            }
            // Hadoop's name for what others call s3.
            String root = artifactUri.replaceFirst("^s3://", "s3a://");
            try (RemoteFiles files = new RemoteFiles(Map.of())) {
                files.write(root + "/" + path, Files.readAllBytes(source));
            }
        } catch (IOException | MiniGpt4Exception e) {
            throw new UnavailableException(artifactUri + "/" + path + ": " + e.getMessage(), e);
        }
    }

    private static Path local(String artifactUri) {
        return artifactUri.startsWith("file:")
                ? Path.of(URI.create(artifactUri.replaceFirst("^file:/*", "file:/")))
                : Path.of(artifactUri);
    }
}
