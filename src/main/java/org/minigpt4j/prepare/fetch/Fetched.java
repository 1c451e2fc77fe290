package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;

import java.net.URI;

/** What became of an address. */
public sealed interface Fetched permits Fetched.Body, Fetched.Failure {

    /**
     * A whole body.
     *
     * @param bytes as unpacked, if it came packed
     * @param contentType as the server says; empty if it says nothing
     * @param finalAddress where the last redirect led
     * @param redirects how many there were
     */
    record Body(byte[] bytes, String contentType, URI finalAddress, int redirects)
            implements Fetched {}

    /**
     * Nothing.
     *
     * @param detail for a person: the status, the limit, the address at fault
     */
    record Failure(FetchFault fault, String detail) implements Fetched {

        static Failure of(FetchException refusal) {
            return new Failure(refusal.fault(), refusal.getMessage());
        }
    }
}
