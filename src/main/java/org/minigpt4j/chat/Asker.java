package org.minigpt4j.chat;

/**
 * The origin of a request. Different origins take turns, first by host, then by name within a host.
 *
 * @param host the address that the request comes from
 * @param name the user that the client names; empty if it names none
 * @param again whether the request was refused before and is now repeated as requested
 */
public record Asker(String host, String name, boolean again) {

    /** Requests from within this program. */
    public static final Asker SELF = new Asker("", "", false);
}
