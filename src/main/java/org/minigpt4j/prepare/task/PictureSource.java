package org.minigpt4j.prepare.task;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.WebAddress;
import org.minigpt4j.prepare.fetch.Fetched;
import org.minigpt4j.prepare.fetch.SharedFetcher;
import org.minigpt4j.prepare.list.UnpackedTars;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bytes of candidates: from the web, from files, or from the middle of tars. */
final class PictureSource implements AutoCloseable {

    private static final Pattern IN_TAR = Pattern.compile("(.*)#(?:([a-z0-9]+):)?(\\d+)\\+(\\d+)");
    private static final int READERS = 4;

    private final SharedFetcher fetcher;
    private final RemoteFiles files;
    private final int maxBytes;
    private final ExecutorService readers =
            Executors.newFixedThreadPool(
                    READERS,
                    task -> {
                        Thread thread = new Thread(task, "picture-reader");
                        thread.setDaemon(true);
                        return thread;
                    });

    /**
     * What came.
     *
     * @param bytes null if nothing came
     * @param error why, in {@link PairRow}'s form; null if something came
     */
    record Arrived(byte[] bytes, String error) {
        long size() {
            return bytes == null ? 0 : bytes.length;
        }
    }

    PictureSource(ShardSettings settings) {
        fetcher = SharedFetcher.of(settings.fetch());
        files = new RemoteFiles(settings.hadoop());
        maxBytes = settings.fetch().limits().maxBytes();
    }

    /** The picture of a pair. What is wrong with it is in what arrives. */
    CompletableFuture<Arrived> get(Candidate pair) {
        if (pair.place() != null) {
            return CompletableFuture.supplyAsync(() -> read(pair.place()), readers);
        }
        Optional<URI> address = WebAddress.parse(pair.url());
        if (address.isEmpty()) {
            return CompletableFuture.completedFuture(
                    failure(FetchFault.BAD_ADDRESS, "not an address: " + pair.url()));
        }
        return fetcher.fetch(address.get())
                .thenApply(
                        fetched -> {
                            if (fetched instanceof Fetched.Failure failure) {
                                return failure(failure.fault(), failure.detail());
                            }
                            return new Arrived(((Fetched.Body) fetched).bytes(), null);
                        });
    }

    /** The cause comes first, with the status where there is one; the rest is for a person. */
    private static Arrived failure(FetchFault fault, String detail) {
        String cause = fault.name().toLowerCase(Locale.ROOT);
        boolean status = fault == FetchFault.HTTP_STATUS || fault == FetchFault.SERVER_ERROR;
        if (status && detail.matches("\\d{3} .*")) {
            cause += " " + detail.substring(0, 3);
        }
        return new Arrived(null, cause + ": " + detail);
    }

    private Arrived read(String place) {
        Matcher part = IN_TAR.matcher(place);
        boolean inTar = part.matches();
        String address = inTar ? part.group(1) : place;
        String packed = inTar ? part.group(2) : null;
        long start = inTar ? Long.parseLong(part.group(3)) : 0;
        try (InputStream in =
                packed == null
                        ? files.readFrom(address, start)
                        : UnpackedTars.open(address, packed, start, files)) {
            long length = inTar ? Long.parseLong(part.group(4)) : maxBytes + 1L;
            byte[] bytes = in.readNBytes((int) Math.min(length, maxBytes + 1L));
            return bytes.length > maxBytes
                    ? failure(FetchFault.TOO_LARGE, "more than " + maxBytes + " bytes")
                    : new Arrived(bytes, null);
        } catch (IOException | RuntimeException e) { // such as an address that is none
            if (DiskFull.caused(e)) { // where packed tars are unpacked: no pair is to blame
                throw e instanceof FailedException failed
                        ? failed
                        : new FailedException(DiskFull.advice(e, "an unpacked tar"), e);
            }
            return new Arrived(
                    null, "unreadable: " + (e.getMessage() == null ? e : e.getMessage()));
        } catch (Error e) {
            return failure(FetchFault.INTERNAL, "an error here: " + e);
        }
    }

    /** Bytes received over the web for this source. */
    long received() {
        return fetcher.received();
    }

    @Override
    public void close() {
        fetcher.close();
        readers.shutdownNow();
        files.close();
    }
}
