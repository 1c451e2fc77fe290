package org.minigpt4j.chat.server;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the body of a request without keeping a thread, however slowly it comes. It is refused when
 * it is too long, comes too slowly, or the bodies of all requests together take too much memory.
 */
final class BodyReader implements Runnable {

    /** What of a body that is too long is read and dropped, in lengths that are allowed. */
    private static final int DRAINED = 4;

    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long LEAST_BYTES_A_SECOND = 1024;

    /** What happens with the body; on a thread of the server. */
    interface Then {
        /** It is here. */
        void read(byte[] body);

        /** It is refused. */
        void refused(ApiException reason);

        /** Nobody is there any more. */
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
     * Call {@link #run} to begin.
     *
     * @param most bytes of it
     * @param held bytes of all bodies that are being read
     * @param mostHeld of these
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

    /** Adds to the body, or drops it. Returns what is wrong, if reading must stop. */
    private ApiException take(ByteBuffer part) {
        int more = part.remaining();
        length += more;
        if (request.getLength() > most || length > most) {
            // Some clients read no answer before they have sent everything.
            drop();
            return Math.max(request.getLength(), length) > (long) DRAINED * most ? tooLong() : null;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (seconds * 1e9 > PATIENCE_NANOS && length < seconds * LEAST_BYTES_A_SECOND) {
            return ApiException.invalid(
                    408, "request_timeout", null, "the request comes too slowly");
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
