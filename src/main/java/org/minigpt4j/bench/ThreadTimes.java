package org.minigpt4j.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;

/** Processor time of all Java threads, native calls included, from the moment it is made. */
final class ThreadTimes {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<Long, Long> before = now();

    /**
     * Nanoseconds that the live threads took since then. What one that has ended meanwhile took of
     * it is not known, and what it took before must not be subtracted from the others'.
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
            nanos.put(id, Math.max(0, THREADS.getThreadCpuTime(id))); // -1 of one that just ended
        }
        return nanos;
    }
}
