package org.minigpt4j.io.web;

import org.apache.hc.client5.http.DnsResolver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Resolves names to addresses and caches the result for a while. A few threads do the look-ups, so
 * that no I/O thread waits and no resolver is flooded.
 *
 * <p>The {@link AddressRule} is applied where the HTTP client gets its addresses, in {@link
 * #resolve(String, int)}. The client connects to exactly the addresses returned there. So there is
 * no second look-up with another answer (DNS rebinding), and literal addresses in links or
 * redirects are checked like names.
 */
public final class NameCache implements DnsResolver {

    /** A look-up that may block; outside of tests, the system's. */
    public interface Lookup {
        /** All addresses of a name, which may itself be an address. */
        InetAddress[] addresses(String name) throws UnknownHostException;
    }

    private static final int KEPT_NAMES = 20_000;
    private static final Duration KEPT_FOR = Duration.ofMinutes(5);
    private static final int ADDRESSES = 4;

    private record Known(CompletableFuture<InetAddress[]> answer, long bornNanos) {
        boolean old(long now) {
            return answer.isDone() && now - bornNanos > KEPT_FOR.toNanos();
        }
    }

    private final Lookup lookup;
    private final AddressRule rule;
    private final Executor threads;
    private final LongSupplier clock;

    private final Map<String, Known> entries =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
                    return size() > KEPT_NAMES;
                }
            };

    /** Runs {@code lookup} on {@code threads}, and returns only addresses that the rule allows. */
    public NameCache(Lookup lookup, AddressRule rule, Executor threads) {
        this(lookup, rule, threads, System::nanoTime);
    }

    NameCache(Lookup lookup, AddressRule rule, Executor threads, LongSupplier clock) {
        this.lookup = lookup;
        this.rule = rule;
        this.threads = threads;
        this.clock = clock;
    }

    /** Resolves a name into the cache. A negative answer is cached like a positive one. */
    public CompletableFuture<InetAddress[]> ask(String name) {
        CompletableFuture<InetAddress[]> asked = new CompletableFuture<>();
        synchronized (entries) {
            long now = clock.getAsLong();
            Known known = entries.get(name);
            if (known != null && !known.old(now)) {
                return known.answer();
            }
            entries.put(name, new Known(asked, now));
        }
        threads.execute(
                () -> {
                    try {
                        asked.complete(lookup.addresses(name));
                    } catch (UnknownHostException e) {
                        boolean later = isTemporary(e);
                        if (later) {
                            forget(name, asked);
                        }
                        asked.completeExceptionally(
                                new FetchException(
                                        later ? FetchFault.DNS_TIMEOUT : FetchFault.DNS,
                                        "no address for " + name));
                    } catch (RuntimeException e) {
                        asked.completeExceptionally(
                                new FetchException(FetchFault.DNS, "no address for " + name));
                    } catch (Error e) {
                        forget(name, asked);
                        asked.completeExceptionally(e);
                    }
                });
        return asked;
    }

    /** Recognised by its text (getaddrinfo's EAI_AGAIN); Java has no other sign for it. */
    private static boolean isTemporary(UnknownHostException e) {
        return String.valueOf(e.getMessage()).contains("Temporary failure");
    }

    private void forget(String name, CompletableFuture<InetAddress[]> answer) {
        synchronized (entries) {
            Known known = entries.get(name);
            if (known != null && known.answer() == answer) {
                entries.remove(name);
            }
        }
    }

    /** The cached addresses of a name that the client may connect to. */
    @Override
    public List<InetSocketAddress> resolve(String name, int port) throws UnknownHostException {
        List<InetSocketAddress> open =
                Arrays.stream(answer(name))
                        .filter(address -> rule.allows(address, port))
                        .limit(ADDRESSES)
                        .map(address -> new InetSocketAddress(address, port))
                        .toList();
        if (open.isEmpty()) {
            throw new RefusedAddressException(name);
        }
        return open;
    }

    /** Without a port, only public addresses are allowed. */
    @Override
    public InetAddress[] resolve(String name) throws UnknownHostException {
        return resolve(name, 0).stream()
                .map(InetSocketAddress::getAddress)
                .toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String name) {
        return name;
    }

    private InetAddress[] answer(String name) throws UnknownHostException {
        Known known;
        synchronized (entries) {
            known = entries.get(name);
        }
        if (known == null
                || !known.answer().isDone()
                || known.answer().isCompletedExceptionally()) {
            throw new UnknownHostException(name);
        }
        return known.answer().join();
    }

    /** No address of a name is allowed. */
    static final class RefusedAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        RefusedAddressException(String name) {
            super(name + " has no public address");
        }
    }
}
