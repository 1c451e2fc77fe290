package org.minigpt4j.image;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.CancellationException;

/**
 * Ends the decoding of one picture from within: when its thread is interrupted, which is how a run
 * stops, and when it has used more processor time than any picture that is let in by its header
 * needs. The second is a safety line alone: what is refused must not depend on how busy a machine
 * is, so limits that are hit in practice count work, not time.
 */
final class Stops {

    private static final long MOST_NANOS = 120_000_000_000L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Between two looks at the clock, which costs about a microsecond. */
    private static final int CALLS = 64;

    private final boolean timed = THREADS.isCurrentThreadCpuTimeSupported();
    private final long start = now();
    private int calls;

    /**
     * To be called every few milliseconds of work.
     *
     * @throws CancellationException if the thread was interrupted, which it stays
     * @throws BadImageException after two minutes of the thread's processor time
     */
    void check() throws BadImageException {
        requireGoing();
        if (++calls % CALLS == 0 && now() - start > MOST_NANOS) {
            throw new BadImageException(
                    ImageFault.TOO_COMPLEX,
                    "it was not decoded after %d s".formatted(MOST_NANOS / 1_000_000_000));
        }
    }

    /**
     * The look at the interrupt alone.
     *
     * @throws CancellationException if the thread was interrupted, which it stays
     */
    static void requireGoing() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the decoding of a picture was interrupted");
        }
    }

    private long now() {
        return timed ? THREADS.getCurrentThreadCpuTime() : 0;
    }
}
