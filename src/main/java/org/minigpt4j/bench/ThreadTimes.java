package org.minigpt4j.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;

/** Processor time of all Java threads, including native calls, since this object was created. */
final class ThreadTimes {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<Long, Long> before = now();

    /**
     * Nanoseconds that the live threads used since then. Threads that have ended are left out:
     * their time is unknown, and it must not be subtracted from that of the others.
     */
    long nanosSince() {
        return now().entrySet().stream()
                .mapToLong(
                        thread ->
                                Math.max(
                                        0,
                                        thread.getValue()
                                                - before.getOrDefault(thread.getKey(), 0L)))
                .sum();
    }

    private static Map<Long, Long> now() {
        Map<Long, Long> nanos = new HashMap<>();
        for (long id : THREADS.getAllThreadIds()) {
            // -1 for a thread that has just ended
            nanos.put(id, Math.max(0, THREADS.getThreadCpuTime(id)));
        }
        return nanos;
    }
}
