package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;

class ThreadTimesTest {

    private static final long LONG = 300_000_000;

    @Test
    void aThreadThatEndsTakesNothingFromTheOthers() throws Exception {
        var worked = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        Thread thread =
                new Thread(
                        () -> {
                            work();
                            worked.countDown();
                            try {
                                mayEnd.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        thread.start();
        worked.await();
        var times = new ThreadTimes();
        mayEnd.countDown();
        thread.join();
        long nanos = times.nanosSince();
        assertTrue(nanos >= 0, nanos + " ns");
    }

    @Test
    void aThreadThatBeganMeanwhileCounts() throws Exception {
        var worked = new CountDownLatch(1);
        var times = new ThreadTimes();
        Thread thread =
                new Thread(
                        () -> {
                            work();
                            worked.countDown();
                            while (!Thread.currentThread().isInterrupted()) {
                                Thread.onSpinWait();
                            }
                        });
        thread.start();
        worked.await();
        long nanos = times.nanosSince();
        thread.interrupt();
        thread.join();
        assertTrue(nanos >= LONG, nanos + " ns");
    }

    /** Takes that much processor time of the calling thread. */
    private static void work() {
        var threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        while (threads.getCurrentThreadCpuTime() - begin < LONG) {
            Thread.onSpinWait();
        }
    }
}
