package org.minigpt4j.image;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.CancellationException;

/**
 * Ends the decoding of one picture from inside: when its thread is interrupted (this is how a run
 * stops), or after more processor time than any accepted picture needs. The time limit is only a
 * last resort. Which files are refused must not depend on how busy a machine is, so limits that
 * matter in practice count work, not time.
 */
final class Stops {

    private static final long MOST_NANOS = 120_000_000_000L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Calls between two reads of the clock; reading it costs about a microsecond. */
    private static final int CALLS = 64;

    private final boolean timed = THREADS.isCurrentThreadCpuTimeSupported();
    private final long start = now();
    private int calls;

    /**
     * Checks whether to stop. Call it every few milliseconds of work.
     *
     * @throws CancellationException if the thread was interrupted; its interrupt flag stays set
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
     * Checks only for an interrupt.
     *
     * @throws CancellationException if the thread was interrupted; its interrupt flag stays set
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
