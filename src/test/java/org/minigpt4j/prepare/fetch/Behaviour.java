package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.FetchFault;

import java.util.Locale;
import java.util.Optional;

/** What {@link MisbehavingServer} does under {@code /NAME/N}, and what must come of it. */
public enum Behaviour {
    /** A picture, different for every N. */
    IMAGE(null),
    /** The same, packed although nobody asked for it. */
    GZIP(null),
    /** 429 the first time, the picture then. */
    BUSY_ONCE(null),
    /** 503 the first time, the picture then. */
    FAILING_ONCE(null),
    /** Three redirects, the picture then. */
    HOPS(null),
    /** HTML called image/jpeg: for the decoder to find out. */
    DISGUISED(null),
    /** A header that tells of 60000 x 60000 pixels, and no more. */
    HUGE(null),
    /** The first half of a picture, with the length of that half. */
    HALF(null),
    /** Announces one byte less than it sends. */
    LONG(null),
    /** 200 and no byte. */
    EMPTY(null),
    /** 404. */
    MISSING(FetchFault.HTTP_STATUS),
    /** 403. */
    FORBIDDEN(FetchFault.HTTP_STATUS),
    /** 429 always, asking for a pause of an hour. */
    BUSY(FetchFault.TOO_MANY_REQUESTS),
    /** 500 always. */
    FAILING(FetchFault.SERVER_ERROR),
    /** A byte now and then. */
    DRIP(FetchFault.BODY_TIMEOUT),
    /** A line of the head now and then. */
    DRIPPING_HEAD(FetchFault.FIRST_BYTE_TIMEOUT),
    /** A head without end. */
    ENDLESS_HEAD(FetchFault.PROTOCOL),
    /** Takes the request and says nothing. */
    SILENT(FetchFault.FIRST_BYTE_TIMEOUT),
    /** A body without end or length. */
    ENDLESS(FetchFault.TOO_LARGE),
    /** Announces a hundred gigabytes. */
    BOASTING(FetchFault.TOO_LARGE),
    /** 16 KiB that unpack to 16 MiB. */
    BOMB(FetchFault.TOO_LARGE),
    /** 20,000 empty members of gzip. */
    MEMBERS(FetchFault.ENCODING),
    /** A body in chunks, the second of which has no length. */
    BAD_CHUNKS(FetchFault.CHUNKS),
    /** Announces more than it sends, then closes. */
    SHORT(FetchFault.TRUNCATED),
    /** Resets the connection in mid-body. */
    RESET(FetchFault.RESET),
    /** A page. */
    HTML(FetchFault.NOT_AN_IMAGE),
    /** A redirect to the place that nobody may touch. */
    PRIVATE(FetchFault.REFUSED_ADDRESS),
    /** A redirect to itself. */
    LOOP(FetchFault.REDIRECTS),
    /** A redirect to somewhere new, always. */
    CHAIN(FetchFault.REDIRECTS),
    /** A redirect to a file on this machine. */
    FILE(FetchFault.BAD_ADDRESS),
    /** X-Robots-Tag: noai. */
    NOAI(FetchFault.X_ROBOTS),
    /** Not HTTP. */
    GIBBERISH(FetchFault.PROTOCOL);

    private final FetchFault fault;

    Behaviour(FetchFault fault) {
        this.fault = fault;
    }

    /** The fault of fetching it; empty if bytes arrive. */
    public Optional<FetchFault> fault() {
        return Optional.ofNullable(fault);
    }

    /** Whether the bytes are a picture that can be decoded. */
    public boolean givesPicture() {
        return fault == null && this != DISGUISED && this != HUGE && this != HALF && this != EMPTY;
    }

    /** Where the server does it. */
    public String path(int number) {
        return "/" + name().toLowerCase(Locale.ROOT) + "/" + number;
    }
}
