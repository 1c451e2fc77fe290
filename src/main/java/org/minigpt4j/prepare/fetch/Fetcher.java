package org.minigpt4j.prepare.fetch;

import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.io.CloseMode;
import org.minigpt4j.io.web.AddressRule;
import org.minigpt4j.io.web.BareClient;
import org.minigpt4j.io.web.ContentCoding;
import org.minigpt4j.io.web.Exchange;
import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.NameCache;
import org.minigpt4j.io.web.Reply;
import org.minigpt4j.io.web.WebAddress;
import org.minigpt4j.random.RandomStream;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Fetches files over http and https: many at once, each within deadlines and a number of bytes,
 * following redirects, trying again where that may help, and never from an address that is not
 * public.
 *
 * <p><b>Why not {@code java.net.http.HttpClient}.</b> It resolves names by itself and, before Java
 * 18, cannot be told how (later only for the whole JVM), so a check of the address beforehand is a
 * race: the second look-up may answer otherwise, and lists of links are written by strangers.
 * Connecting to the checked address literally would break TLS, whose certificate names the host. It
 * also has no limit per host and no hook between connecting and the first byte. Apache HttpClient
 * asks one object for the addresses to connect to and uses exactly these; {@link NameCache} is that
 * object. It is made small here: HTTP/1.1 only, no redirects, retries, cookies, proxies, caches or
 * decompression of its own, and bounded head lines.
 *
 * <p><b>The way of an address.</b> Parse; ask robots.txt; wait in the host's queue ({@link
 * HostQueues}); look the name up; one {@link Exchange}; leave the queue. A redirect starts this way
 * again, so its target passes every gate. A fault that may pass waits out of the queue and starts
 * again, too. The pause doubles, half of it random by seed, address and try; a pause that the host
 * asks for takes its place and holds for all of the host's addresses.
 *
 * <p><b>Threads.</b> Two of the client for I/O, one timer, a few for name look-ups, and two that
 * complete the futures: do heavy work on threads of your own ({@code thenApplyAsync}). Bodies under
 * way are bounded by connections times {@link FetchSettings.Limits#maxBytes}.
 *
 * <p><b>Users.</b> It may be used by many at a time; {@link SharedFetcher} is how the tasks of an
 * executor do.
 */
public final class Fetcher implements AutoCloseable {

    /** Each waits for one answer, and that of a name whose servers are gone takes many seconds. */
    private static final int LOOKUP_THREADS = 32;

    /** Faults that say something of the host rather than of one file on it. */
    private static final Set<FetchFault> OF_HOST =
            Set.of(
                    FetchFault.DNS,
                    FetchFault.REFUSED_ADDRESS,
                    FetchFault.CONNECT,
                    FetchFault.CONNECT_TIMEOUT,
                    FetchFault.FIRST_BYTE_TIMEOUT,
                    FetchFault.TLS,
                    FetchFault.TOO_MANY_REQUESTS);

    /** Connections in a row whose last answer was longer than it said, and which cost no try. */
    private static final int MOST_STRAYS = 8;

    private static final String ACCEPT = "image/jpeg,image/png,image/webp,*/*;q=0.5";

    private final FetchSettings settings;
    private final PoolingAsyncClientConnectionManager pool;
    private final CloseableHttpAsyncClient client;
    private final NameCache names;
    private final HostQueues lanes;
    private final Robots robots;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService lookups;
    private final ExecutorService work;
    private final Set<PendingFetch> pending = ConcurrentHashMap.newKeySet();
    private final LongAdder received = new LongAdder();
    private volatile boolean closed;

    /** Starts the threads; {@link #close} ends them. */
    public Fetcher(FetchSettings settings) {
        this(settings, InetAddress::getAllByName);
    }

    Fetcher(FetchSettings settings, NameCache.Lookup lookup) {
        this.settings = settings;
        timer = new ScheduledThreadPoolExecutor(1, threads("fetch-timer"));
        timer.setRemoveOnCancelPolicy(true);
        lookups = Executors.newFixedThreadPool(LOOKUP_THREADS, threads("fetch-names"));
        work = Executors.newFixedThreadPool(2, threads("fetch-work"));
        names = new NameCache(lookup, new AddressRule(settings.allowedPrivate()), lookups);
        lanes = new HostQueues(settings.connections(), work, timer);
        robots =
                new Robots(
                        settings.manners().token(),
                        address -> start(new PendingFetch(address, true, new LongAdder())));
        FetchSettings.Connections limits = settings.connections();
        pool = BareClient.pool(limits.total(), limits.perHost(), settings.deadlines(), names);
        client =
                BareClient.of(
                        pool,
                        settings.deadlines(),
                        settings.manners().userAgent(),
                        ACCEPT,
                        threads("fetch-io"),
                        this::trouble);
        client.start();
    }

    /**
     * What the address gives. The future completes normally whatever happens; it waits without
     * limit for its turn at the host, and with the deadlines from then on.
     */
    public CompletableFuture<Fetched> fetch(URI address) {
        return start(new PendingFetch(address, false, new LongAdder()));
    }

    /** Bytes of bodies received so far, those of failures too. */
    public long received() {
        return received.sum();
    }

    /** So many share it: each may have {@link FetchSettings.Connections#total} connections. */
    void users(int users) {
        int total = Math.multiplyExact(settings.connections().total(), users);
        pool.setMaxTotal(total);
        lanes.total(total);
    }

    /** Breaks off what is under way: it becomes {@link FetchFault#CLOSED}. */
    @Override
    public void close() {
        closed = true;
        lanes.close();
        client.close(CloseMode.IMMEDIATE);
        timer.shutdownNow();
        lookups.shutdownNow();
        work.shutdownNow();
        pending.forEach(PendingFetch::breakOff);
    }

    /** A thread that loses its connections to a close at once complains of it in any way. */
    private void trouble(Exception e) {
        if (!closed) {
            LoggerFactory.getLogger(Fetcher.class).warn("connections are in trouble: {}", "" + e);
        }
    }

    /** Sends it on its way, whose end is its result. */
    CompletableFuture<Fetched> start(PendingFetch journey) {
        pending.add(journey);
        journey.result.whenComplete((fetched, broken) -> pending.remove(journey));
        step(journey);
        return journey.result;
    }

    private void step(PendingFetch journey) {
        CompletableFuture<Reply> attempt;
        try {
            attempt = attempt(journey);
        } catch (RuntimeException | Error e) {
            attempt = CompletableFuture.failedFuture(e);
        }
        attempt.whenCompleteAsync(
                (reply, broken) -> {
                    try {
                        if (broken != null) {
                            throw refusal(broken);
                        }
                        Fetched.Body body = read(journey, reply);
                        if (body == null) {
                            step(journey);
                        } else {
                            journey.result.complete(body);
                        }
                    } catch (FetchException refusal) {
                        again(journey, refusal);
                    } catch (RuntimeException e) {
                        journey.result.complete(
                                new Fetched.Failure(FetchFault.PROTOCOL, e.toString()));
                    } catch (Error e) { // costs this address, not all that are under way
                        again(journey, refusal(e));
                    }
                },
                work);
    }

    private void again(PendingFetch journey, FetchException refusal) {
        if (refusal.isOfConnection() && journey.strays++ < MOST_STRAYS) {
            step(journey);
            return;
        }
        boolean tooLong =
                refusal.retryAfter() != null
                        && refusal.retryAfter().compareTo(settings.retries().retryAfterCap()) > 0;
        if (tooLong || !refusal.fault().passing() || journey.tries >= settings.retries().tries()) {
            journey.result.complete(Fetched.Failure.of(refusal));
            return;
        }
        Duration pause = refusal.retryAfter() == null ? backoff(journey) : refusal.retryAfter();
        journey.tries++;
        timer.schedule(() -> step(journey), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private Duration backoff(PendingFetch journey) {
        long whole = settings.retries().backoff().toNanos() << Math.min(journey.tries, 16);
        double random =
                RandomStream.of(settings.seed(), journey.first.hashCode(), journey.tries)
                        .nextDouble();
        return Duration.ofNanos((long) (whole * (0.5 + 0.5 * random)));
    }

    private CompletableFuture<Reply> attempt(PendingFetch journey) {
        if (journey.isBrokenOff()) {
            return CompletableFuture.failedFuture(PendingFetch.closed());
        }
        WebAddress address;
        try {
            address = WebAddress.of(journey.address);
        } catch (FetchException e) {
            return CompletableFuture.failedFuture(e);
        }
        boolean asks = settings.manners().robotsTxt() && !journey.toRobotsTxt;
        CompletableFuture<Void> allowed =
                asks ? robots.check(address) : CompletableFuture.completedFuture(null);
        return allowed.thenCompose(yes -> lanes.enter(address.name()))
                .thenCompose(
                        in ->
                                exchange(journey, address)
                                        .whenComplete((reply, broken) -> leave(address, broken)));
    }

    private CompletableFuture<Reply> exchange(PendingFetch journey, WebAddress address) {
        Exchange exchange =
                new Exchange(
                        address,
                        settings.deadlines(),
                        journey.toRobotsTxt ? RobotsRules.MAX_BYTES : settings.limits().maxBytes(),
                        journey.toRobotsTxt,
                        journey.toRobotsTxt ? head -> {} : this::checkHead,
                        timer);
        journey.goesOutAs(exchange);
        if (journey.isBrokenOff()) {
            return CompletableFuture.failedFuture(PendingFetch.closed());
        }
        Duration limit = settings.deadlines().connect();
        return names.ask(address.name())
                .copy()
                .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
                .thenCompose(known -> exchange.run(client))
                .whenComplete((reply, broken) -> count(journey, exchange))
                .thenApply(reply -> checkStatus(address, reply));
    }

    private void count(PendingFetch journey, Exchange exchange) {
        received.add(exchange.received());
        journey.received.add(exchange.received());
    }

    private void leave(WebAddress address, Throwable broken) {
        FetchFault fault = broken == null ? null : refusal(broken).fault();
        if (fault != null && OF_HOST.contains(fault)) {
            lanes.failed(address.name(), refusal(broken));
        } else if (fault != FetchFault.CLOSED) { // that says nothing of the host
            lanes.worked(address.name());
        }
        lanes.leave(address.name());
    }

    private void checkHead(HttpResponse head) throws FetchException {
        List<String> robotsTags =
                Arrays.stream(head.getHeaders("X-Robots-Tag"))
                        .map(NameValuePair::getValue)
                        .toList();
        if (head.getCode() == HttpStatus.SC_OK
                && Robots.forbids(
                        robotsTags, settings.manners().token(), settings.manners().disallowed())) {
            throw new FetchException(FetchFault.X_ROBOTS, "X-Robots-Tag: " + robotsTags);
        }
    }

    /** The reply again, if it is a body or a redirect. */
    private Reply checkStatus(WebAddress address, Reply reply) {
        int status = reply.status();
        String detail = status + " from " + address.name();
        String after = reply.header(HttpHeaders.RETRY_AFTER);
        if (status == 429 || status == 503 && !after.isEmpty()) {
            Duration pause = RetryAfter.parse(after, Instant.now());
            if (pause != null) {
                lanes.rest(address.name(), pause, settings.retries().retryAfterCap());
            }
            throw new CompletionException(
                    new FetchException(FetchFault.TOO_MANY_REQUESTS, detail, pause));
        }
        return switch (status) {
            case 200, 301, 302, 303, 307, 308 -> reply;
            case 408, 425, 500, 502, 503, 504 ->
                    throw new CompletionException(
                            new FetchException(FetchFault.SERVER_ERROR, detail));
            default ->
                    throw new CompletionException(
                            new FetchException(FetchFault.HTTP_STATUS, detail));
        };
    }

    /** The body; or null after a redirect, which the journey has then taken. */
    private Fetched.Body read(PendingFetch journey, Reply reply) throws FetchException {
        if (reply.status() != HttpStatus.SC_OK) {
            redirect(journey, reply.header(HttpHeaders.LOCATION));
            return null;
        }
        ContentCoding coding =
                journey.toRobotsTxt
                        ? new ContentCoding(RobotsRules.MAX_BYTES, true)
                        : new ContentCoding(settings.limits().maxBytes(), false);
        String codings = String.join(",", reply.headers(HttpHeaders.CONTENT_ENCODING));
        byte[] bytes = coding.undo(codings, reply.body());
        String type = reply.header(HttpHeaders.CONTENT_TYPE);
        if (!journey.toRobotsTxt && isHtml(type, bytes)) {
            throw new FetchException(FetchFault.NOT_AN_IMAGE, "a page: " + type);
        }
        return new Fetched.Body(bytes, type, journey.address, journey.redirects());
    }

    private void redirect(PendingFetch journey, String location) throws FetchException {
        URI target =
                location.isEmpty()
                        ? null
                        : WebAddress.parse(location).map(journey.address::resolve).orElse(null);
        if (target == null) {
            throw new FetchException(FetchFault.REDIRECTS, "a redirect to nowhere: " + location);
        }
        if (!journey.seen.add(target)) {
            throw new FetchException(FetchFault.REDIRECTS, "redirects in a circle: " + target);
        }
        if (journey.redirects() > settings.limits().maxRedirects()) {
            throw new FetchException(
                    FetchFault.REDIRECTS,
                    "more redirects than " + settings.limits().maxRedirects());
        }
        journey.address = target;
    }

    /** Says so and looks so; many a picture is served under a wrong type. */
    private static boolean isHtml(String type, byte[] bytes) {
        if (!type.toLowerCase(Locale.ROOT).startsWith("text/html")) {
            return false;
        }
        String start = new String(bytes, 0, Math.min(bytes.length, 256), StandardCharsets.UTF_8);
        return start.stripLeading().startsWith("<");
    }

    private static Throwable cause(Throwable broken) {
        Throwable cause = broken;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static FetchException refusal(Throwable broken) {
        Throwable cause = cause(broken);
        if (cause instanceof FetchException known) {
            return known;
        }
        if (cause instanceof Error) {
            return new FetchException(FetchFault.INTERNAL, "an error here: " + cause);
        }
        return cause instanceof TimeoutException
                ? new FetchException(FetchFault.DNS_TIMEOUT, "no answer for the name in time")
                : new FetchException(FetchFault.PROTOCOL, cause.toString());
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
