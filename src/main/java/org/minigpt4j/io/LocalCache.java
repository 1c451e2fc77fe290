package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Whole copies of remote files in a local folder. Background threads fetch files ahead; the total
 * size is bounded. The least recently requested file is deleted first. A file that is deleted while
 * it is open stays readable, so no locks are needed. A single file larger than the bound is kept
 * while it is the latest one requested.
 *
 * <p>Copies are written under another name and renamed when complete. So a killed process leaves
 * only complete copies, which the next one reuses. Only one process may use a folder at a time.
 */
public final class LocalCache implements AutoCloseable {

    private static final int FETCHERS = 4;
    private static final int TRIES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path folder;
    private final long maxBytes;
    private final RemoteFiles files;
    private final ExecutorService fetchers;

    /** By name of the copy, most recently requested last. */
    private final Map<String, Copy> copies = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private long fetched;

    private record Copy(Path path, long length, CompletableFuture<Void> ready) {}

    /** Keeps up to {@code maxBytes} in {@code folder}, including copies of an earlier process. */
    public LocalCache(Path folder, long maxBytes, RemoteFiles files) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.files = files;
        int[] number = new int[1];
        this.fetchers =
                Executors.newFixedThreadPool(
                        FETCHERS,
                        task -> {
                            Thread thread = new Thread(task, "fetch-" + number[0]++);
                            thread.setDaemon(true);
                            return thread;
                        });
        try {
            Files.createDirectories(folder);
            adopt();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    private void adopt() throws IOException {
        List<Path> left;
        try (Stream<Path> entries = Files.list(folder)) {
            left = entries.sorted().toList();
        }
        synchronized (copies) {
            for (Path path : left) {
                String name = path.getFileName().toString();
                if (name.endsWith(".tmp")) {
                    Files.deleteIfExists(path);
                } else if (name.endsWith(".copy")) {
                    long length = Files.size(path);
                    var ready = CompletableFuture.<Void>completedFuture(null);
                    copies.put(name, new Copy(path, length, ready));
                    bytes += length;
                }
            }
            evict();
        }
    }

    /** Starts fetching a file of {@code length} bytes, unless it is already here. */
    public void prefetch(String address, long length) {
        copy(address, length);
    }

    /**
     * Opens the local copy; waits until it has been fetched.
     *
     * @throws IOException if it cannot be fetched
     */
    public FileChannel open(String address, long length) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Copy copy = copy(address, length);
            try {
                copy.ready.get();
                return FileChannel.open(copy.path);
            } catch (ExecutionException e) {
                forget(copy);
                if (e.getCause() instanceof FailedException failed && DiskFull.caused(failed)) {
                    throw failed; // this machine's disk is full; no sample is to blame
                }
                if (attempt == TRIES) {
                    throw new IOException(e.getCause().getMessage(), e.getCause());
                }
            } catch (NoSuchFileException evicted) {
                forget(copy);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while fetching " + address);
            }
        }
    }

    private Copy copy(String address, long length) {
        byte[] name = (address + " " + length).getBytes(StandardCharsets.UTF_8);
        String key = new Sha256().update(ByteBuffer.wrap(name)).hex() + ".copy";
        synchronized (copies) {
            Copy known = copies.get(key);
            if (known == null) {
                Path path = folder.resolve(key);
                var ready =
                        CompletableFuture.runAsync(() -> fetch(address, length, path), fetchers);
                known = new Copy(path, length, ready);
                copies.put(key, known);
                bytes += length;
                evict();
                ready.whenComplete((nothing, error) -> evictLater());
            }
            return known;
        }
    }

    private void fetch(String address, long length, Path path) {
        Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
        try (InputStream in = files.read(address)) {
            try (var out =
                    Files.newOutputStream(
                            temporary,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING)) {
                long copied = in.transferTo(out);
                if (copied != length) {
                    throw new IOException(
                            "%s has %d bytes, but %d were listed"
                                    .formatted(address, copied, length));
                }
            }
            Files.move(temporary, path);
            synchronized (copies) {
                fetched++;
            }
        } catch (IOException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            if (DiskFull.caused(e)) {
                throw AtomicFile.cannotWrite(path, e);
            }
            throw new FailedException("could not fetch " + address + ": " + e.getMessage(), e);
        }
    }

    private void forget(Copy copy) {
        synchronized (copies) {
            if (copies.remove(copy.path.getFileName().toString(), copy)) {
                bytes -= copy.length;
            }
        }
    }

    /**
     * Called when a fetch has ended: a file that could not be deleted while it was fetched can be
     * now.
     */
    private void evictLater() {
        synchronized (copies) {
            evict();
        }
    }

    /**
     * Call with the lock held. Deletes copies until the rest fits, but never the latest one
     * requested.
     */
    private void evict() {
        Iterator<Copy> oldest = copies.values().iterator();
        while (bytes > maxBytes && oldest.hasNext()) {
            Copy copy = oldest.next();
            if (!oldest.hasNext()) {
                return;
            }
            if (copy.ready.isDone()) {
                oldest.remove();
                bytes -= copy.length;
                try {
                    Files.deleteIfExists(copy.path);
                } catch (IOException e) {
                    throw AtomicFile.cannotWrite(copy.path, e);
                }
            }
        }
    }

    /** Number of files fetched so far. */
    public long fetched() {
        synchronized (copies) {
            return fetched;
        }
    }

    /** Total size of the copies in bytes, including those being fetched. */
    public long bytes() {
        synchronized (copies) {
            return bytes;
        }
    }

    /** Stops fetching; the copies stay. */
    @Override
    public void close() {
        fetchers.shutdownNow();
        try {
            fetchers.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
