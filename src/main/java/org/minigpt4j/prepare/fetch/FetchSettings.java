package org.minigpt4j.prepare.fetch;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.web.AddressRule;
import org.minigpt4j.io.web.Deadlines;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * How to fetch. Every part has a {@code defaults()}.
 *
 * @param allowedPrivate addresses that may be connected to although they are not public, as {@code
 *     127.0.0.1} or, with a port, {@code 127.0.0.1:8080} and {@code [::1]:8080}
 * @param seed of the back-off's jitter
 */
public record FetchSettings(
        Connections connections,
        Deadlines deadlines,
        Retries retries,
        Limits limits,
        Manners manners,
        Set<String> allowedPrivate,
        long seed)
        implements Serializable {

    /**
     * How many at a time.
     *
     * @param total connections of one fetcher; of one that is shared, for each of its users
     * @param perHost connections to one host, by all users together
     * @param hostPatience after so many failures in a row that are the host's (no name, no
     *     connection, no answer, 429) its other addresses fail at once; 0 for never
     */
    public record Connections(int total, int perHost, int hostPatience) implements Serializable {
        /** Checks the numbers. */
        public Connections {
            require(total > 0 && perHost > 0, "at least one connection");
            require(hostPatience >= 0, "host patience cannot be negative");
        }

        /** 128 in all, 4 a host, 16 failures. */
        public static Connections defaults() {
            return new Connections(128, 4, 16);
        }
    }

    /**
     * When to try again.
     *
     * @param tries beyond the first
     * @param backoff pause before the second try, doubled before each further one; half of it is
     *     random
     * @param retryAfterCap a host that asks for a longer pause than this is given up
     */
    public record Retries(int tries, Duration backoff, Duration retryAfterCap)
            implements Serializable {
        /** Checks the numbers. */
        public Retries {
            require(tries >= 0, "tries cannot be negative");
        }

        /** Two more, after 1 and 2 seconds; a host may ask for 30. */
        public static Retries defaults() {
            return new Retries(2, Duration.ofSeconds(1), Duration.ofSeconds(30));
        }
    }

    /**
     * How much to take.
     *
     * @param maxBytes of a body, both as sent and as unpacked
     * @param maxRedirects of an address
     */
    public record Limits(int maxBytes, int maxRedirects) implements Serializable {
        /** Checks the numbers. */
        public Limits {
            require(maxBytes > 0 && maxRedirects >= 0, "limits cannot be negative");
        }

        /** 20 MiB, 5 redirects. */
        public static Limits defaults() {
            return new Limits(20 << 20, 5);
        }
    }

    /**
     * What hosts say of robots.
     *
     * @param userAgent who we are; the letters, hyphens and underscores that it begins with are our
     *     name in robots.txt and X-Robots-Tag (RFC 9309 allows no others)
     * @param robotsTxt whether to ask for and obey it
     * @param disallowed directives of X-Robots-Tag that forbid the picture; empty to ignore it
     */
    public record Manners(String userAgent, boolean robotsTxt, Set<String> disallowed)
            implements Serializable {
        /**
         * Copies what is mutable.
         *
         * @throws UsageException if the user agent does not begin with a name
         */
        public Manners {
            disallowed = Set.copyOf(disallowed);
            if (!userAgent.matches("[a-zA-Z_-].*")) {
                throw new UsageException(
                        "fetch.user_agent: '"
                                + userAgent
                                + "' does not begin with a name of letters, by which robots.txt"
                                + " could call it");
            }
        }

        /** An honest name, robots.txt obeyed, and the directives that img2dataset obeys. */
        public static Manners defaults() {
            return new Manners(
                    "minigpt4j (collects pictures with captions to train models)",
                    true,
                    Set.of("noai", "noimageai", "noindex", "noimageindex"));
        }

        /** Our name in robots.txt and X-Robots-Tag, in lower case: {@code minigpt}. */
        String token() {
            return userAgent.split("[^a-zA-Z_-]", 2)[0].toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Copies what is mutable.
     *
     * @throws UsageException if an allowed address is none
     */
    public FetchSettings {
        allowedPrivate = Set.copyOf(allowedPrivate);
        try {
            new AddressRule(allowedPrivate);
        } catch (IllegalArgumentException e) {
            throw new UsageException("fetch.allow_private: " + e.getMessage(), e);
        }
    }

    /** All defaults: no private address is allowed. */
    public static FetchSettings defaults() {
        return new FetchSettings(
                Connections.defaults(),
                Deadlines.defaults(),
                Retries.defaults(),
                Limits.defaults(),
                Manners.defaults(),
                Set.of(),
                42);
    }

    /** The same with other connections. */
    public FetchSettings with(Connections other) {
        return new FetchSettings(other, deadlines, retries, limits, manners, allowedPrivate, seed);
    }

    /** The same with other deadlines. */
    public FetchSettings with(Deadlines other) {
        return new FetchSettings(
                connections, other, retries, limits, manners, allowedPrivate, seed);
    }

    /** The same with other retries. */
    public FetchSettings with(Retries other) {
        return new FetchSettings(
                connections, deadlines, other, limits, manners, allowedPrivate, seed);
    }

    /** The same with other limits. */
    public FetchSettings with(Limits other) {
        return new FetchSettings(
                connections, deadlines, retries, other, manners, allowedPrivate, seed);
    }

    /** The same with other manners. */
    public FetchSettings with(Manners other) {
        return new FetchSettings(
                connections, deadlines, retries, limits, other, allowedPrivate, seed);
    }

    /** The same, allowing exactly these private addresses. */
    public FetchSettings allowing(Set<String> addresses) {
        return new FetchSettings(connections, deadlines, retries, limits, manners, addresses, seed);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
