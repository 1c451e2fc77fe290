package org.minigpt4j.io.web;

/** Why an address gave nothing that can be used. */
public enum FetchFault {
    /** Not an absolute http or https address. */
    BAD_ADDRESS(false),
    /** The name has no address. */
    DNS(false),
    /** The resolver is busy: no answer for the name came in time, or one to ask later. */
    DNS_TIMEOUT(true),
    /** The name stands for private, loopback, link-local or otherwise special addresses only. */
    REFUSED_ADDRESS(false),
    /** No connection within the deadline. */
    CONNECT_TIMEOUT(true),
    /** The connection was refused, or there is no way to the host. */
    CONNECT(true),
    /** No secure connection: certificate, protocol version. */
    TLS(false),
    /** Connected, but the head of the answer was not there within the deadline. */
    FIRST_BYTE_TIMEOUT(true),
    /** The body did not end within the deadline. */
    BODY_TIMEOUT(true),
    /** The connection broke before the answer was whole. */
    RESET(true),
    /** The body ended before the length that was announced for it. */
    TRUNCATED(true),
    /** The chunks of the body are malformed, so that it is not known where it ends. */
    CHUNKS(false),
    /**
     * The response is not HTTP. Temporary, because it may be left over from an earlier response.
     */
    PROTOCOL(true),
    /** The body, as sent or as unpacked, is larger than allowed. */
    TOO_LARGE(false),
    /** A content encoding that was not asked for and cannot be undone. */
    ENCODING(false),
    /** A page of HTML under the address of a picture. */
    NOT_AN_IMAGE(false),
    /** An answer 429, or 503 that names a time, as often as we try. */
    TOO_MANY_REQUESTS(true),
    /** An answer of the kind that may pass: 408, 425, 500, 502, 503, 504. */
    SERVER_ERROR(true),
    /** Any other answer than 200. */
    HTTP_STATUS(false),
    /** More redirects than allowed, in a circle, or to nowhere. */
    REDIRECTS(false),
    /** The host's robots.txt says no, or cannot be read because the host is failing. */
    ROBOTS(false),
    /** The answer's X-Robots-Tag forbids such use. */
    X_ROBOTS(false),
    /** An error of this JVM, such as one of memory; another address may have provoked it. */
    INTERNAL(true),
    /** The fetcher was closed first. */
    CLOSED(false);

    private final boolean passing;

    FetchFault(boolean passing) {
        this.passing = passing;
    }

    /** Whether another try soon may do better. */
    public boolean passing() {
        return passing;
    }
}
