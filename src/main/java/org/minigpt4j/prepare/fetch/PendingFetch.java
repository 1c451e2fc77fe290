package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.Exchange;
import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** An address on its way, through redirects and tries. */
final class PendingFetch {

    /** Where the way ends. */
    final CompletableFuture<Fetched> result = new CompletableFuture<>();

    final boolean toRobotsTxt;
    final URI first;

    /** Counts the bytes of its bodies. */
    final LongAdder received;

    final Set<URI> seen = new HashSet<>();
    URI address;
    int tries;
    int strays;

    private volatile boolean brokenOff;
    private volatile Exchange exchange;

    PendingFetch(URI address, boolean toRobotsTxt, LongAdder received) {
        this.first = address;
        this.address = address;
        this.toRobotsTxt = toRobotsTxt;
        this.received = received;
        seen.add(address);
    }

    int redirects() {
        return seen.size() - 1;
    }

    /**
     * Nobody waits for it any more. It becomes {@link FetchFault#CLOSED}; its connection is cut,
     * and its turn in a host's queue passes unused.
     */
    void breakOff() {
        brokenOff = true;
        result.complete(Fetched.Failure.of(closed()));
        Exchange now = exchange;
        if (now != null) {
            now.breakOff(closed());
        }
    }

    boolean isBrokenOff() {
        return brokenOff;
    }

    /** Its next request. */
    void goesOutAs(Exchange next) {
        exchange = next;
        if (brokenOff) {
            next.breakOff(closed());
        }
    }

    static FetchException closed() {
        return new FetchException(FetchFault.CLOSED, "the fetcher is closed");
    }
}
