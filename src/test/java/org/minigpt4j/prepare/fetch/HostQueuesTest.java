package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

class HostQueuesTest {

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final AtomicLong clock = new AtomicLong(-5);
    private final HostQueues lanes =
            new HostQueues(
                    new FetchSettings.Connections(4, 2, 3), Runnable::run, timer, 4, clock::get);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private boolean letsIn(String host) {
        CompletableFuture<Void> entry = lanes.enter(host);
        return entry.isDone() && !entry.isCompletedExceptionally();
    }

    private void fails(String host) {
        lanes.failed(host, new FetchException(FetchFault.CONNECT, "no"));
        lanes.leave(host);
    }

    @Test
    void aHostThatWasGivenUpGetsOneMoreChanceAfterAWhile() {
        for (int i = 0; i < 3; i++) {
            assertTrue(letsIn("a.test"));
            fails("a.test");
        }
        assertFalse(letsIn("a.test"), "given up");
        clock.addAndGet(HostQueues.GIVEN_UP_FOR.toNanos() - 1);
        assertFalse(letsIn("a.test"), "still");
        clock.addAndGet(1);
        assertTrue(letsIn("a.test"));
        fails("a.test");
        assertFalse(letsIn("a.test"), "one more failure ends the chance");
        clock.addAndGet(HostQueues.GIVEN_UP_FOR.toNanos());
        assertTrue(letsIn("a.test"));
        lanes.worked("a.test");
        lanes.leave("a.test");
        assertTrue(letsIn("a.test"));
        fails("a.test");
        assertTrue(letsIn("a.test"), "it works again, and all its patience is back");
    }

    @Test
    void ofTooManyHostsTheOneNotUsedForLongestIsForgotten() {
        for (int i = 0; i < 3; i++) {
            assertTrue(letsIn("gone.test"));
            fails("gone.test");
        }
        for (String host : new String[] {"zz.test", "a.test", "m.test"}) {
            assertTrue(letsIn(host));
            lanes.leave(host);
        }
        assertFalse(letsIn("gone.test"), "this was used last");
        assertTrue(letsIn("one-too-many.test"));
        assertFalse(letsIn("gone.test"), "so it is still known");
    }

    @Test
    void aHostThatAskedForALongPauseIsLeftAloneForAsLongAsItAsked() {
        assertTrue(letsIn("a.test"));
        lanes.rest("a.test", Duration.ofHours(1), Duration.ofSeconds(30));
        lanes.leave("a.test");
        clock.addAndGet(Duration.ofMinutes(59).toNanos());
        assertFalse(letsIn("a.test"));
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        assertTrue(letsIn("a.test"));
    }
}
