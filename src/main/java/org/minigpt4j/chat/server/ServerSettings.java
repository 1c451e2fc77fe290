package org.minigpt4j.chat.server;

import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.FairShare;

import java.util.Optional;
import java.util.Set;

/**
 * Where a server listens, and what it lets others ask.
 *
 * @param host the address to listen at; the loopback's keeps everybody else out
 * @param port 0 for any that is free
 * @param token what a caller must show as {@code Authorization: Bearer}; without it, nothing
 * @param origins pages of other hosts that may call, such as {@code https://chat.example.org}
 * @param limits what one caller may cost
 * @param remotePictures present if pictures at public addresses are fetched; holds the addresses
 *     that are not public and may be contacted as well
 * @param overflow what happens to a conversation that is too long, unless its request says so
 */
public record ServerSettings(
        String host,
        int port,
        Optional<String> token,
        Set<String> origins,
        Limits limits,
        Optional<Set<String>> remotePictures,
        ChatSettings.Overflow overflow) {

    /** Fetches no pictures, and cuts what is too long as the reference does. */
    public ServerSettings(
            String host, int port, Optional<String> token, Set<String> origins, Limits limits) {
        this(host, port, token, origins, limits, Optional.empty(), ChatSettings.Overflow.CUT);
    }

    /**
     * What one caller may cost.
     *
     * @param bodyBytes of a request
     * @param pictures of a request
     * @param messages of a request
     * @param choices answers to one request
     * @param newTokens of an answer
     * @param waiting answers that wait for the model; more are told to come back
     * @param rows answers that are written at the same time
     * @param places of prompts and answers whose keys and values stay in memory
     * @param seenPictures pictures whose features stay in memory
     */
    public record Limits(
            int bodyBytes,
            int pictures,
            int messages,
            int choices,
            int newTokens,
            int waiting,
            int rows,
            int places,
            int seenPictures) {

        /** Enough for a few people, on one machine. */
        public static final Limits DEFAULT =
                new Limits(32 << 20, 8, 256, 8, 1024, 64, 16, 16_384, 256);

        /** Requests that wait or are being answered; each keeps a thread. */
        FairShare inHand() {
            return new FairShare(waiting + rows);
        }
    }
}
