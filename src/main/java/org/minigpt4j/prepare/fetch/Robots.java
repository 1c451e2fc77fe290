package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.WebAddress;

import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What hosts allow robots (RFC 9309), asked once a day for each scheme, host and port. No
 * robots.txt (4xx, or redirects that lead nowhere) allows all, a failing host (5xx) nothing; a host
 * that cannot be reached at all fails with its own fault, which is more to the point. Answers are
 * kept for a day, as the RFC allows, and failures for a few minutes.
 */
final class Robots {

    private static final int KEPT_HOSTS = 10_000;

    /** Bytes of rules that are kept for all hosts together. */
    private static final long KEPT_BYTES = 64 << 20;

    /** Directives of X-Robots-Tag that have a value, by Google's description of it. */
    private static final Set<String> VALUED =
            Set.of("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after");

    private static final Pattern NAMED = Pattern.compile("\\s*([a-zA-Z_][^\\s:]*)\\s*:(.*)");

    /** Gets a robots.txt; the future fails with nothing but a {@link FetchException}. */
    interface Source {
        CompletableFuture<Fetched> get(URI robotsTxt);
    }

    private final String token;
    private final Source source;
    private final LongSupplier clock;

    private static final Duration KEPT_FOR = Duration.ofDays(1);
    private static final Duration FAILURE_KEPT_FOR = Duration.ofMinutes(5);

    private record Known(CompletableFuture<RobotsRules> answer, long bornNanos) {
        boolean old(long now) {
            Duration keeps = answer.isCompletedExceptionally() ? FAILURE_KEPT_FOR : KEPT_FOR;
            return answer.isDone() && now - bornNanos > keeps.toNanos();
        }

        long weight() {
            boolean has = answer.isDone() && !answer.isCompletedExceptionally();
            return has ? answer.join().weight() : 0;
        }
    }

    /** By last use. */
    private final Map<String, Known> rules = new LinkedHashMap<>(16, 0.75f, true);

    private long keptBytes;

    Robots(String token, Source source) {
        this(token, source, System::nanoTime);
    }

    Robots(String token, Source source, LongSupplier clock) {
        this.clock = clock;
        this.token = token;
        this.source = source;
    }

    /** Completes if the address may be fetched, else fails with a {@link FetchException}. */
    CompletableFuture<Void> check(WebAddress address) {
        return rules(address)
                .thenCompose(
                        known -> {
                            String why = refusal(known, address);
                            return why == null
                                    ? CompletableFuture.completedFuture(null)
                                    : CompletableFuture.failedFuture(
                                            new FetchException(FetchFault.ROBOTS, why));
                        });
    }

    /** Why an address may not be fetched, or null. */
    private static String refusal(RobotsRules known, WebAddress address) {
        String path = address.path();
        if (known.isTooMuchWork(path)) {
            return "robots.txt of %s has %d rules, too many for an address of %d characters"
                    .formatted(address.name(), known.rules().size(), path.length());
        }
        return known.allows(path)
                ? null
                : "robots.txt of %s disallows it".formatted(address.name());
    }

    private CompletableFuture<RobotsRules> rules(WebAddress address) {
        String origin = address.host().toURI();
        CompletableFuture<RobotsRules> asked = new CompletableFuture<>();
        synchronized (rules) {
            long now = clock.getAsLong();
            Known known = rules.get(origin);
            if (known != null && !known.old(now)) {
                return known.answer();
            }
            Known before = rules.put(origin, new Known(asked, now));
            keptBytes -= before == null ? 0 : before.weight();
            forgetSome();
        }
        URI robotsTxt = URI.create(origin + "/robots.txt");
        source.get(robotsTxt)
                .whenComplete(
                        (fetched, broken) -> {
                            try {
                                if (broken != null) {
                                    throw broken;
                                }
                                keep(origin, asked, rulesFrom(robotsTxt, fetched));
                            } catch (Throwable e) {
                                if (!(e instanceof FetchException known)
                                        || known.fault() == FetchFault.INTERNAL) {
                                    forget(origin, asked); // it says nothing of the host
                                }
                                asked.completeExceptionally(e);
                            }
                        });
        return asked;
    }

    private void keep(String origin, CompletableFuture<RobotsRules> asked, RobotsRules read) {
        synchronized (rules) {
            asked.complete(read);
            Known known = rules.get(origin);
            if (known != null && known.answer() == asked) {
                keptBytes += read.weight();
            }
            forgetSome();
        }
    }

    private void forget(String origin, CompletableFuture<RobotsRules> asked) {
        synchronized (rules) {
            Known known = rules.get(origin);
            if (known != null && known.answer() == asked) {
                rules.remove(origin);
            }
        }
    }

    /** The least recently used hosts go before all together hold too much. */
    private void forgetSome() {
        Iterator<Known> oldest = rules.values().iterator();
        while (oldest.hasNext() && (keptBytes > KEPT_BYTES || rules.size() > KEPT_HOSTS)) {
            Known known = oldest.next();
            if (known.answer().isDone()) {
                keptBytes -= known.weight();
                oldest.remove();
            }
        }
    }

    private RobotsRules rulesFrom(URI robotsTxt, Fetched fetched) throws FetchException {
        if (fetched instanceof Fetched.Body body) {
            return RobotsRules.parse(robotsTxt.toString(), body.bytes(), token);
        }
        Fetched.Failure failure = (Fetched.Failure) fetched;
        return switch (failure.fault()) {
            case HTTP_STATUS, REDIRECTS, BAD_ADDRESS, ENCODING -> RobotsRules.ALLOW_ALL;
            case SERVER_ERROR ->
                    throw new FetchException(
                            FetchFault.ROBOTS,
                            "no robots.txt, the host fails: " + failure.detail());
            default -> throw new FetchException(failure.fault(), "robots.txt: " + failure.detail());
        };
    }

    /**
     * Whether a header X-Robots-Tag forbids, for all robots or for us by name. A name stands before
     * the directives that it is about, up to the next name; but {@code max-snippet:50} is a
     * directive with a value and {@code 25-Jun-2030 15:00:00} the rest of one.
     */
    static boolean forbids(List<String> values, String token, Set<String> disallowed) {
        for (String value : values) {
            boolean ours = true;
            for (String part : value.split(",")) {
                Matcher named = NAMED.matcher(part);
                String directive = part;
                if (named.matches() && !VALUED.contains(lower(named.group(1)))) {
                    // Ours may be written as in the User-Agent, with what follows the token.
                    ours = lower(named.group(1)).startsWith(token);
                    directive = named.group(2);
                }
                if (ours && disallowed.contains(lower(directive.strip()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
