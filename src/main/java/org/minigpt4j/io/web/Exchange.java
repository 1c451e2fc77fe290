package org.minigpt4j.io.web;

import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.async.HttpAsyncClient;
import org.apache.hc.client5.http.async.methods.AbstractBinResponseConsumer;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.HttpContext;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

/**
 * One request and its response, with a deadline for each of its three phases. The connection is
 * closed however the exchange ends, unless the response was read to its end.
 */
public final class Exchange extends AbstractBinResponseConsumer<Reply> {

    /** Maximum bytes read from the body of a redirect or an error, to keep the connection. */
    private static final int SMALL_TALK = 64 << 10;

    private enum Phase {
        CONNECTING(FetchFault.CONNECT_TIMEOUT),
        WAITING(FetchFault.FIRST_BYTE_TIMEOUT),
        READING(FetchFault.BODY_TIMEOUT),
        DONE(null);

        final FetchFault late;

        Phase(FetchFault late) {
            this.late = late;
        }
    }

    /** Checks the response's head before its body is read. */
    public interface HeadRule {
        /** Throws to refuse the response. */
        void check(HttpResponse head) throws FetchException;
    }

    private final WebAddress address;
    private final Deadlines deadlines;
    private final int maxBytes;
    private final boolean cut;
    private final HeadRule headRule;
    private final ScheduledExecutorService timer;
    private final Map<String, String> headers;
    private final CompletableFuture<Reply> result = new CompletableFuture<>();
    private final HttpClientContext context = HttpClientContext.create();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

    private volatile Phase phase = Phase.CONNECTING;
    private ScheduledFuture<?> deadline;
    private Future<Reply> running;
    private HttpResponse head;
    private boolean wanted;
    private long received;

    /**
     * If {@code cut} is true, a body longer than {@code maxBytes} is truncated; otherwise it is a
     * fault.
     */
    public Exchange(
            WebAddress address,
            Deadlines deadlines,
            int maxBytes,
            boolean cut,
            HeadRule headRule,
            ScheduledExecutorService timer) {
        this(address, deadlines, maxBytes, cut, headRule, timer, Map.of());
    }

    /** With request headers; a request with a {@code Range} also accepts status 206. */
    public Exchange(
            WebAddress address,
            Deadlines deadlines,
            int maxBytes,
            boolean cut,
            HeadRule headRule,
            ScheduledExecutorService timer,
            Map<String, String> headers) {
        this.headers = Map.copyOf(headers);
        this.address = address;
        this.deadlines = deadlines;
        this.maxBytes = maxBytes;
        this.cut = cut;
        this.headRule = headRule;
        this.timer = timer;
    }

    /** Sends the request. The future completes with the response or a {@link FetchException}. */
    public CompletableFuture<Reply> run(HttpAsyncClient client) {
        if (phase == Phase.DONE) { // cancelled before it began
            return result;
        }
        BasicHttpRequest request = new BasicHttpRequest(Method.GET, address.host(), address.path());
        headers.forEach(request::setHeader);
        BasicRequestProducer producer =
                new BasicRequestProducer(request, null) {
                    @Override
                    public void sendRequest(RequestChannel channel, HttpContext context)
                            throws HttpException, IOException {
                        begin(Phase.WAITING, deadlines.firstByte());
                        super.sendRequest(channel, context);
                    }
                };
        begin(Phase.CONNECTING, deadlines.connect());
        Future<Reply> started =
                client.execute(
                        producer,
                        this,
                        null,
                        context,
                        new FutureCallback<Reply>() {
                            @Override
                            public void completed(Reply reply) {
                                finish(reply);
                            }

                            @Override
                            public void failed(Exception cause) {
                                fail(cause);
                            }

                            @Override
                            public void cancelled() {
                                fail(new FetchException(FetchFault.CLOSED, "cancelled"));
                            }
                        });
        synchronized (this) {
            running = started;
        }
        if (phase == Phase.DONE) {
            started.cancel(true);
        }
        return result;
    }

    /** Ends the exchange with this cause, in any phase. */
    public void breakOff(FetchException cause) {
        fail(cause);
    }

    /** True if the head of the response is a remainder of an earlier response on its connection. */
    private boolean isLeftOver() {
        EndpointDetails connection = context.getEndpointDetails();
        return head == null && connection != null && connection.getRequestCount() > 1;
    }

    /** Body bytes received, whether used or not. */
    public long received() {
        return received;
    }

    private synchronized void begin(Phase next, Duration limit) {
        if (phase == Phase.DONE) {
            return;
        }
        phase = next;
        if (deadline != null) {
            deadline.cancel(false);
        }
        deadline = timer.schedule(() -> late(next), limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void late(Phase of) {
        if (phase == of) {
            fail(new FetchException(of.late, address.name() + " took too long"));
        }
    }

    private void finish(Reply reply) {
        if (end()) {
            result.complete(reply);
        }
    }

    private void fail(Exception cause) {
        Phase at = phase;
        if (end()) {
            Future<Reply> execution;
            synchronized (this) {
                execution = running;
            }
            if (execution != null) {
                execution.cancel(true);
            }
            result.completeExceptionally(refusal(cause, at));
        }
    }

    private synchronized boolean end() {
        boolean first = phase != Phase.DONE;
        phase = Phase.DONE;
        if (deadline != null) {
            deadline.cancel(false);
        }
        return first;
    }

    private FetchException refusal(Exception cause, Phase at) {
        if (cause instanceof FetchException known) {
            return known;
        }
        String detail = address.name() + ": " + cause.getMessage();
        if (cause instanceof NameCache.RefusedAddressException) {
            return new FetchException(FetchFault.REFUSED_ADDRESS, cause.getMessage());
        } else if (cause instanceof UnknownHostException) {
            return new FetchException(FetchFault.DNS, detail);
        } else if (cause instanceof ConnectTimeoutException) {
            return new FetchException(FetchFault.CONNECT_TIMEOUT, detail);
        } else if (cause instanceof SSLException) {
            return new FetchException(FetchFault.TLS, detail);
        } else if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
            return new FetchException(FetchFault.CONNECT, detail);
        } else if (cause instanceof HttpException || cause instanceof MessageConstraintException) {
            return isLeftOver()
                    ? FetchException.ofConnection(FetchFault.PROTOCOL, detail)
                    : new FetchException(FetchFault.PROTOCOL, detail);
        } else if (cause instanceof TruncatedChunkException
                || at == Phase.READING && cause instanceof ConnectionClosedException) {
            return new FetchException(FetchFault.TRUNCATED, detail);
        } else if (cause instanceof MalformedChunkCodingException) {
            return new FetchException(FetchFault.CHUNKS, detail);
        }
        return new FetchException(
                at == Phase.CONNECTING ? FetchFault.CONNECT : FetchFault.RESET, detail);
    }

    @Override
    protected void start(HttpResponse response, ContentType type) throws IOException {
        head = response;
        begin(Phase.READING, deadlines.body());
        boolean part = response.getCode() == HttpStatus.SC_PARTIAL_CONTENT;
        wanted = response.getCode() == HttpStatus.SC_OK || part && headers.containsKey("Range");
        try {
            headRule.check(response);
            if (wanted && !cut && announced(response) > maxBytes) {
                throw tooLarge();
            }
        } catch (FetchException e) {
            fail(e);
            throw e;
        }
    }

    @Override
    protected int capacityIncrement() {
        return Integer.MAX_VALUE;
    }

    @Override
    protected void data(ByteBuffer bytes, boolean last) throws IOException {
        received += bytes.remaining();
        if (received > (wanted ? maxBytes : SMALL_TALK)) {
            stop();
        }
        if (!wanted) {
            bytes.position(bytes.limit());
            return;
        }
        try {
            byte[] piece = new byte[bytes.remaining()];
            bytes.get(piece);
            body.writeBytes(piece);
        } catch (OutOfMemoryError e) { // must not end the thread that serves all connections
            FetchException refusal =
                    new FetchException(
                            FetchFault.INTERNAL, "not enough memory for the response: " + e);
            fail(refusal);
            throw refusal;
        }
    }

    /** Ends the exchange; the client always sees a failure, whether or not we have a result. */
    private void stop() throws FetchException {
        FetchException refusal = tooLarge();
        if (wanted && !cut) {
            fail(refusal);
        } else {
            finish(buildResult());
        }
        throw refusal;
    }

    private FetchException tooLarge() {
        return new FetchException(
                FetchFault.TOO_LARGE, String.format(Locale.ROOT, "more than %d bytes", maxBytes));
    }

    private static long announced(HttpResponse response) {
        Header length = response.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length.getValue().strip());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    protected Reply buildResult() {
        return new Reply(head, body.toByteArray());
    }

    @Override
    public void releaseResources() {
        body.reset();
    }
}
