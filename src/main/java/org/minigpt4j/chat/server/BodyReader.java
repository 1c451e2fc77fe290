package org.minigpt4j.chat.server;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the body of a request without occupying a thread, however slowly it arrives. A body is
 * refused if it is too long or arrives too slowly, or if the bodies of all requests together need
 * too much memory.
 */
final class BodyReader implements Runnable {

    /**
     * How much of a body that is too long is read and discarded, in multiples of the allowed
     * length.
     */
    private static final int DRAINED = 4;

    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long LEAST_BYTES_A_SECOND = 1024;

    /** Receives the result on one of the server's threads. */
    interface Then {
        /** The body is complete. */
        void read(byte[] body);

        /** The body was refused. */
        void refused(ApiException reason);

        /** The client has disconnected. */
        void failed(Throwable reason);
    }

    private final Request request;
    private final int most;
    private final AtomicLong held;
    private final long mostHeld;
    private final Then then;
    private final long begin = System.nanoTime();
    private ByteArrayOutputStream body = new ByteArrayOutputStream();
    private long length;

    /**
     * Creates a reader; call {@link #run} to start it.
     *
     * @param most maximum size of the body in bytes
     * @param held counter of the bytes held by all bodies that are being read
     * @param mostHeld maximum of {@code held}
     */
    BodyReader(Request request, int most, AtomicLong held, long mostHeld, Then then) {
        this.request = request;
        this.most = most;
        this.held = held;
        this.mostHeld = mostHeld;
        this.then = then;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                drop();
                then.failed(chunk.getFailure());
                return;
            }
            ApiException refused = take(chunk.getByteBuffer());
            boolean last = chunk.isLast();
            chunk.release();
            if (refused != null) {
                drop();
                then.refused(refused);
                return;
            }
            if (last) {
                end();
                return;
            }
        }
    }

    private void end() {
        if (body == null) {
            then.refused(tooLong());
            return;
        }
        byte[] bytes = body.toByteArray();
        drop();
        then.read(bytes);
    }

    /**
     * Adds a part to the body or discards it. Returns an error if reading must stop, otherwise
     * null.
     */
    private ApiException take(ByteBuffer part) {
        int more = part.remaining();
        length += more;
        if (request.getLength() > most || length > most) {
            // Some clients read the response only after they have sent everything.
            drop();
            return Math.max(request.getLength(), length) > (long) DRAINED * most ? tooLong() : null;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (seconds * 1e9 > PATIENCE_NANOS && length < seconds * LEAST_BYTES_A_SECOND) {
            return ApiException.invalid(
                    408, "request_timeout", null, "the request arrives too slowly");
        }
        if (held.addAndGet(more) > mostHeld) {
            held.addAndGet(-more);
            return ApiException.busy("too many long requests at the same time; try again", 1);
        }
        byte[] bytes = new byte[more];
        part.get(bytes);
        body.writeBytes(bytes);
        return null;
    }

    private void drop() {
        if (body != null) {
            held.addAndGet(-body.size());
            body = null;
        }
    }

    private ApiException tooLong() {
        return ApiException.invalid(
                413,
                "request_too_large",
                null,
                "the request is longer than %d MB".formatted(most >> 20));
    }
}
