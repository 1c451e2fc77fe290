package org.minigpt4j.weights;

import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.io.CloseMode;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.web.AddressRule;
import org.minigpt4j.io.web.BareClient;
import org.minigpt4j.io.web.Deadlines;
import org.minigpt4j.io.web.Exchange;
import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.NameCache;
import org.minigpt4j.io.web.Reply;
import org.minigpt4j.io.web.WebAddress;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fetches parts of large files over http and https. Connects only to public addresses, also after
 * redirects, unless other hosts are allowed by name. A token is sent only to the host it belongs
 * to, because large files are served by other hosts after a redirect. Not safe for use by several
 * threads.
 */
final class RangedFetch implements AutoCloseable {

    private static final int MOST_REDIRECTS = 5;
    private static final int TRIES = 6;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
    private static final Deadlines DEADLINES =
            new Deadlines(Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofMinutes(5));

    private final ScheduledExecutorService timer;
    private final ExecutorService lookups;
    private final NameCache names;
    private final CloseableHttpAsyncClient client;
    private final Optional<String> token;
    private final WebAddress home;
    private final long pauseMillis;

    /**
     * A part of a file.
     *
     * @param total length of the whole file in bytes
     * @param version the host's version of the file; empty if it gives none
     */
    record Part(byte[] bytes, long total, String version) {}

    /**
     * Starts the client.
     *
     * @param home the address that the token belongs to
     * @param pauseMillis pause before the second try in milliseconds; it doubles with each try
     */
    RangedFetch(URI home, Optional<String> token, Set<String> allowedPrivate, long pauseMillis) {
        try {
            this.home = WebAddress.of(home);
        } catch (FetchException e) {
            throw new UsageException(e.getMessage(), e);
        }
        this.token = token;
        this.pauseMillis = pauseMillis;
        boolean safe = this.home.host().getSchemeName().equals("https");
        if (token.isPresent() && !safe && !LOOPBACK.contains(this.home.name())) {
            throw new UsageException(
                    "%s: HF_TOKEN is sent over https only; unset it, or give an https address"
                            .formatted(ForeignText.line(home.toString())));
        }
        timer = Executors.newSingleThreadScheduledExecutor(threads("import-timer"));
        lookups = Executors.newFixedThreadPool(2, threads("import-names"));
        names = new NameCache(InetAddress::getAllByName, rule(allowedPrivate), lookups);
        PoolingAsyncClientConnectionManager pool = BareClient.pool(4, 2, DEADLINES, names);
        client =
                BareClient.of(
                        pool, DEADLINES, "minigpt4j", "*/*", threads("import-io"), trouble -> {});
        client.start();
    }

    private static AddressRule rule(Set<String> allowedPrivate) {
        try {
            return new AddressRule(allowedPrivate);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--allow-private: " + e.getMessage(), e);
        }
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Fetches a whole file of at most {@code most} bytes. */
    byte[] whole(URI address, int most) throws InterruptedException {
        return answer(address, most, Map.of()).body();
    }

    /** Fetches {@code length} bytes from {@code begin}. */
    Part part(URI address, long begin, int length) throws InterruptedException {
        String range = "bytes=" + begin + "-" + (begin + length - 1);
        Reply reply = answer(address, length, Map.of("Range", range));
        Matcher told = CONTENT_RANGE.matcher(reply.header("Content-Range"));
        boolean right =
                told.matches()
                        && Long.parseLong(told.group(1)) == begin
                        && reply.body().length == length;
        if (!right) {
            throw new FailedException(
                    "%s: asked for %s and got %s bytes, %s"
                            .formatted(
                                    ForeignText.line(address.toString()),
                                    range,
                                    Integer.toString(reply.body().length),
                                    ForeignText.line(reply.header("Content-Range"))));
        }
        return new Part(reply.body(), Long.parseLong(told.group(3)), reply.header("ETag"));
    }

    private Reply answer(URI address, int most, Map<String, String> headers)
            throws InterruptedException {
        long pause = pauseMillis;
        for (int attempt = 1; ; attempt++) {
            try {
                return follow(address, most, headers);
            } catch (FetchException e) {
                if (!e.fault().passing() || attempt == TRIES) {
                    throw new FailedException(
                            "%s: %s"
                                    .formatted(
                                            ForeignText.line(address.toString()),
                                            ForeignText.line(e.getMessage())),
                            e);
                }
                Thread.sleep(pause);
                pause *= 2;
            }
        }
    }

    private Reply follow(URI start, int most, Map<String, String> headers)
            throws FetchException, InterruptedException {
        URI address = start;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Reply reply = exchange(WebAddress.of(address), most, headers);
            if (!REDIRECTS.contains(reply.status())) {
                require(reply, headers.containsKey("Range"));
                return reply;
            }
            URI from = address;
            address =
                    WebAddress.parse(reply.header("Location"))
                            .map(from::resolve)
                            .orElseThrow(
                                    () ->
                                            new FetchException(
                                                    FetchFault.REDIRECTS, "a redirect to nowhere"));
        }
        throw new FetchException(FetchFault.REDIRECTS, "too many redirects");
    }

    private static void require(Reply reply, boolean ranged) throws FetchException {
        int status = reply.status();
        if (PASSING.contains(status)) {
            throw new FetchException(FetchFault.SERVER_ERROR, "status " + status);
        }
        if (status == 401 || status == 403) {
            throw new FetchException(
                    FetchFault.HTTP_STATUS,
                    "status " + status + "; a login may help: set HF_TOKEN");
        }
        if (status != (ranged ? 206 : 200)) {
            throw new FetchException(
                    FetchFault.HTTP_STATUS,
                    ranged && status == 200
                            ? "the host does not serve parts of files"
                            : "status " + status);
        }
    }

    private Reply exchange(WebAddress address, int most, Map<String, String> headers)
            throws FetchException, InterruptedException {
        Map<String, String> sent = new HashMap<>(headers);
        if (address.host().equals(home.host())) {
            token.ifPresent(secret -> sent.put("Authorization", "Bearer " + secret));
        }
        try {
            names.ask(address.name()).get();
            var exchange =
                    new Exchange(
                            address, DEADLINES, most, false, RangedFetch::anyHead, timer, sent);
            return exchange.run(client).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FetchException fault) {
                throw fault;
            }
            throw new FetchException(FetchFault.INTERNAL, String.valueOf(e.getCause()));
        }
    }

    private static void anyHead(HttpResponse head) throws FetchException {
        // A host that ignores the range would send the whole file; the length is checked next.
        if (head.getCode() < 200) {
            throw new FetchException(FetchFault.PROTOCOL, "status " + head.getCode());
        }
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
        timer.shutdownNow();
        lookups.shutdownNow();
    }
}
