package org.minigpt4j.io.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name that means a public address when it is first asked for, and a private one from then on.
 */
class NameCacheTest {

    private static final String NAME = "rebinding.test";
    private final AtomicInteger asked = new AtomicInteger();
    private Duration now = Duration.ofDays(-1000); // System.nanoTime may be negative
    private final NameCache names =
            new NameCache(
                    this::addresses, new AddressRule(Set.of()), Runnable::run, () -> now.toNanos());

    private InetAddress[] addresses(String name) throws UnknownHostException {
        String address = asked.getAndIncrement() == 0 ? "8.8.8.8" : "169.254.169.254";
        return new InetAddress[] {InetAddress.getByName(address)};
    }

    private List<InetSocketAddress> connect() throws UnknownHostException {
        names.ask(NAME).join();
        return names.resolve(NAME, 80);
    }

    @Test
    void theClientConnectsToTheAddressThatWasCheckedAndToNoLaterOne() throws Exception {
        List<InetSocketAddress> first = connect();
        assertEquals(List.of(new InetSocketAddress("8.8.8.8", 80)), first);
        now = now.plusMinutes(5);
        assertEquals(first, connect());
        assertEquals(1, asked.get(), "kept for five minutes, however short the name's own time is");
        now = now.plusNanos(1);
        assertThrows(NameCache.RefusedAddressException.class, this::connect);
        assertThrows(NameCache.RefusedAddressException.class, () -> names.resolve(NAME, 80));
        assertThrows(NameCache.RefusedAddressException.class, () -> names.resolve(NAME));
        assertEquals(2, asked.get());
    }

    @Test
    void aNameThatNobodyAskedForIsNotLookedUp() {
        assertThrows(UnknownHostException.class, () -> names.resolve(NAME, 80));
        assertEquals(0, asked.get());
    }
}
