package org.minigpt4j.track.store;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.Upload;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Writes artifacts of stores to which clients write directly: a folder, {@code file:}, {@code
 * hdfs:}, {@code s3:} or {@code s3a:}. Remote ones go through Hadoop's FileSystem. Hadoop retries
 * for minutes if there is no answer, so it runs on a thread that is abandoned at the deadline.
 */
final class ArtifactFiles {

    private static final long SLOWEST_UPLOAD = 1 << 20; // bytes a second

    private ArtifactFiles() {}

    /**
     * Copies a file to {@code path} below a run's artifacts. Large files get a longer deadline.
     *
     * @throws RefusedException if the path leads out of the artifacts, or if a local folder is not
     *     named as MLflow names a run's artifacts
     */
    static void put(String runId, String artifactUri, String path, Path source, Duration deadline)
            throws UnavailableException, RefusedException {
        ArtifactPath.below(path);
        String place = artifactUri + "/" + path;
        if (!RemoteFiles.isRemote(artifactUri)) {
            Path folder = local(artifactUri);
            if (!ArtifactPath.isFolderOf(runId, folder)) {
                throw new RefusedException(
                        ("the store gives %s for the artifacts of run %s, which is not"
                                        + " a folder .../%s/artifacts")
                                .formatted(ForeignText.line(artifactUri), runId, runId));
            }
            copy(source, folder, path);
            return;
        }
        FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            upload(place, source);
                            return null;
                        });
        Thread thread = new Thread(task, "artifact");
        thread.setDaemon(true);
        thread.start();
        try {
            long seconds = Files.size(source) / SLOWEST_UPLOAD;
            task.get(deadline.plusSeconds(seconds).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new UnavailableException(place + " took too long", e);
        } catch (ExecutionException | IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UnavailableException(place + ": " + cause.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted", e);
        } finally {
            task.cancel(true);
        }
    }

    /** Copies to a local folder. A link in the folder must not lead out of it. */
    private static void copy(Path source, Path root, String path)
            throws UnavailableException, RefusedException {
        Path target = root.resolve(path);
        try {
            Files.createDirectories(target.getParent());
            if (!target.getParent().toRealPath().startsWith(root.toRealPath())) {
                throw new RefusedException(target + " is outside the artifacts, through a link");
            }
            AtomicFile.copy(source, target);
        } catch (IOException | MiniGpt4Exception e) {
            throw new UnavailableException(e.getMessage(), e);
        }
    }

    private static void upload(String place, Path source) throws IOException {
        try (RemoteFiles files = new RemoteFiles(Map.of())) {
            // Hadoop calls s3 s3a.
            try (Upload upload = files.create(place.replaceFirst("^s3://", "s3a://"))) {
                Files.copy(source, upload.stream());
                upload.commit();
            }
        }
    }

    private static Path local(String artifactUri) throws RefusedException {
        try {
            return localPath(artifactUri);
        } catch (InvalidPathException e) {
            throw new RefusedException(
                    "%s is not a folder: %s"
                            .formatted(ForeignText.line(artifactUri), e.getReason()));
        }
    }

    private static Path localPath(String artifactUri) {
        if (!artifactUri.startsWith("file:")) {
            return Path.of(artifactUri);
        }
        String path = artifactUri.replaceFirst("^file:/*", "/");
        try {
            return Path.of(URI.create("file:" + path));
        } catch (IllegalArgumentException e) {
            return Path.of(path); // some clients do not escape characters that are invalid in URIs
        }
    }
}
