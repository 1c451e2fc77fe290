package org.minigpt4j.chat;

/**
 * Who asks. Answers of different ones take turns, first by host, then by the names of one host.
 *
 * @param host where the request comes from
 * @param name whom the host says that it asks for, or nothing
 * @param again whether it was refused before and comes back when it was told to
 */
public record Asker(String host, String name, boolean again) {

    /** This program itself. */
    public static final Asker SELF = new Asker("", "", false);
}
