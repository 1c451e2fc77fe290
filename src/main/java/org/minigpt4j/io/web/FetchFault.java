package org.minigpt4j.io.web;

/** Why an address returned nothing usable. */
public enum FetchFault {
    /** Not an absolute http or https address. */
    BAD_ADDRESS(false),
    /** The name has no address. */
    DNS(false),
    /** The resolver is busy: it did not answer in time, or asked to try again later. */
    DNS_TIMEOUT(true),
    /** The name resolves only to private, loopback, link-local or other special addresses. */
    REFUSED_ADDRESS(false),
    /** No connection within the deadline. */
    CONNECT_TIMEOUT(true),
    /** The connection was refused, or there is no route to the host. */
    CONNECT(true),
    /** No secure connection: wrong certificate or protocol version. */
    TLS(false),
    /** Connected, but the head of the response did not arrive within the deadline. */
    FIRST_BYTE_TIMEOUT(true),
    /** The body did not end within the deadline. */
    BODY_TIMEOUT(true),
    /** The connection broke before the response was complete. */
    RESET(true),
    /** The body is shorter than announced. */
    TRUNCATED(true),
    /** The chunks of the body are malformed, so its end is unknown. */
    CHUNKS(false),
    /**
     * The response is not HTTP. Temporary, because it may be left over from an earlier response.
     */
    PROTOCOL(true),
    /** The body, as sent or unpacked, is larger than allowed. */
    TOO_LARGE(false),
    /** A content encoding that was not requested and cannot be decoded. */
    ENCODING(false),
    /** An HTML page instead of a picture. */
    NOT_AN_IMAGE(false),
    /** Status 429, or 503 with a time to retry, on every try. */
    TOO_MANY_REQUESTS(true),
    /** A status that may be temporary: 408, 425, 500, 502, 503, 504. */
    SERVER_ERROR(true),
    /** Any other status than 200. */
    HTTP_STATUS(false),
    /** More redirects than allowed, a redirect loop, or a redirect without a target. */
    REDIRECTS(false),
    /** The host's robots.txt forbids it, or cannot be read because the host is failing. */
    ROBOTS(false),
    /** The response's X-Robots-Tag forbids such use. */
    X_ROBOTS(false),
    /** An error of this JVM, such as lack of memory; another address may have caused it. */
    INTERNAL(true),
    /** The fetcher was closed first. */
    CLOSED(false);

    private final boolean passing;

    FetchFault(boolean passing) {
        this.passing = passing;
    }

    /** Whether another try soon may succeed. */
    public boolean passing() {
        return passing;
    }
}
