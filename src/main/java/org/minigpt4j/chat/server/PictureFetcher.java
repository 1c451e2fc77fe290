package org.minigpt4j.chat.server;

import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.io.CloseMode;
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
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Downloads pictures that requests give as URLs, if the server allows it. It connects only to
 * public addresses, also after redirects: the rule is enforced where connections are opened (see
 * {@link NameCache}). Bytes, redirects, connections and waiting times are limited.
 */
final class PictureFetcher implements AutoCloseable {

    private static final int REDIRECTS = 5;
    private static final int CONNECTIONS = 16;
    private static final int CONNECTIONS_TO_A_HOST = 4;
    private static final String ACCEPT = "image/jpeg,image/png,image/webp,image/gif,*/*;q=0.5";
    private static final Deadlines DEADLINES =
            new Deadlines(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(15));

    private final int mostBytes;
    private final NameCache names;
    private final ExecutorService lookups;
    private final ScheduledThreadPoolExecutor timer;
    private final CloseableHttpAsyncClient client;

    /**
     * Starts its threads.
     *
     * @param allowedPrivate private addresses that may be contacted nevertheless
     * @param mostBytes maximum size of a picture in bytes
     */
    PictureFetcher(Set<String> allowedPrivate, int mostBytes) {
        this(allowedPrivate, mostBytes, InetAddress::getAllByName);
    }

    PictureFetcher(Set<String> allowedPrivate, int mostBytes, NameCache.Lookup lookup) {
        this.mostBytes = mostBytes;
        lookups = Executors.newFixedThreadPool(4, threads("picture-names"));
        timer = new ScheduledThreadPoolExecutor(1, threads("picture-timer"));
        timer.setRemoveOnCancelPolicy(true);
        names = new NameCache(lookup, new AddressRule(allowedPrivate), lookups);
        client =
                BareClient.of(
                        BareClient.pool(CONNECTIONS, CONNECTIONS_TO_A_HOST, DEADLINES, names),
                        DEADLINES,
                        "minigpt4j",
                        ACCEPT,
                        threads("picture-io"),
                        trouble -> {});
        client.start();
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Downloads a file.
     *
     * @throws ApiException with status 400 and the reason, which contains nothing of a private
     *     host's response
     */
    byte[] fetch(String address) throws ApiException, InterruptedException {
        try {
            URI next = parse(address);
            for (int hop = 0; hop <= REDIRECTS; hop++) {
                Reply reply = get(next);
                switch (reply.status()) {
                    case 200 -> {
                        return reply.body();
                    }
                    case 301, 302, 303, 307, 308 ->
                            next = next.resolve(parse(reply.header(HttpHeaders.LOCATION)));
                    default ->
                            throw new FetchException(
                                    FetchFault.HTTP_STATUS,
                                    "the host answered with status "
                                            + Integer.toString(reply.status()));
                }
            }
            throw new FetchException(FetchFault.REDIRECTS, "it redirects too often");
        } catch (FetchException | IllegalArgumentException e) {
            String why =
                    e instanceof FetchException fault && fault.fault() == FetchFault.REFUSED_ADDRESS
                            ? "it is not a public address"
                            : e.getMessage();
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    "messages",
                    "a picture cannot be fetched: %s".formatted(why));
        }
    }

    private static URI parse(String address) throws FetchException {
        return WebAddress.parse(address)
                .orElseThrow(
                        () ->
                                new FetchException(
                                        FetchFault.BAD_ADDRESS,
                                        "it is not an http or https address"));
    }

    private Reply get(URI address) throws FetchException, InterruptedException {
        WebAddress where = WebAddress.of(address);
        Exchange exchange = new Exchange(where, DEADLINES, mostBytes, false, head -> {}, timer);
        try {
            names.ask(where.name()).copy().get(DEADLINES.connect().toNanos(), TimeUnit.NANOSECONDS);
            return exchange.run(client).get();
        } catch (TimeoutException e) {
            throw new FetchException(FetchFault.DNS, "its host name could not be resolved in time");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FetchException fault
                    ? fault
                    : new FetchException(FetchFault.CONNECT, "the host cannot be reached");
        }
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
        timer.shutdownNow();
        lookups.shutdownNow();
    }
}
