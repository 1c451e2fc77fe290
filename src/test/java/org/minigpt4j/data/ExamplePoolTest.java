package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.data.order.SampleOrder;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

class ExamplePoolTest {

    private final CompletableFuture<ExampleMaker.Outcome> slow = new CompletableFuture<>();

    @Test
    void whoIsToldToStopDoesNotWaitForASlowPicture() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        assertFalse(pending().isMade(() -> asked.incrementAndGet() == 3));
        assertFalse(slow.isDone());
    }

    @Test
    void whatIsMadeOrHasFailedIsNotWaitedFor() throws Exception {
        slow.completeExceptionally(new IllegalStateException("a failure is for whoever takes it"));
        assertTrue(pending().isMade(() -> true));
    }

    private ExamplePool.Pending pending() {
        SampleOrder.Draw draw = null;
        Future<ExampleMaker.Outcome> made = CompletableFuture.completedFuture(null);
        return new ExamplePool.Pending(draw, List.of(made, slow));
    }
}
