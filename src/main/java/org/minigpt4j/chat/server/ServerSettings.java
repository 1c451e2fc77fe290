package org.minigpt4j.chat.server;

import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.FairShare;

import java.util.Optional;
import java.util.Set;

/**
 * The settings of a server.
 *
 * @param host the address to listen on; with the loopback address only this machine can connect
 * @param port 0 for any free one
 * @param token the token that clients must send as {@code Authorization: Bearer}; empty if none is
 *     needed
 * @param origins web page origins that may call, such as {@code https://chat.example.org}
 * @param limits limits for requests
 * @param remotePictures present if pictures are downloaded from public addresses; contains the
 *     private addresses that may be contacted as well
 * @param overflow what happens to a conversation that is too long, unless the request says
 *     otherwise
 */
public record ServerSettings(
        String host,
        int port,
        Optional<String> token,
        Set<String> origins,
        Limits limits,
        Optional<Set<String>> remotePictures,
        ChatSettings.Overflow overflow) {

    /**
     * Creates settings that download no pictures and cut conversations that are too long, as the
     * reference does.
     */
    public ServerSettings(
            String host, int port, Optional<String> token, Set<String> origins, Limits limits) {
        this(host, port, token, origins, limits, Optional.empty(), ChatSettings.Overflow.CUT);
    }

    /**
     * Limits for requests. Each is a maximum.
     *
     * @param bodyBytes bytes in a request
     * @param pictures pictures in a request
     * @param messages messages in a request
     * @param choices answers to one request
     * @param newTokens tokens in an answer
     * @param waiting answers that wait for the model; further requests get status 429
     * @param rows answers that are generated at the same time
     * @param places prompt and answer positions whose keys and values stay in memory
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

        /** Limits for a few users on one machine. */
        public static final Limits DEFAULT =
                new Limits(32 << 20, 8, 256, 8, 1024, 64, 16, 16_384, 256);

        /** The slots for requests that wait or are being answered; each occupies a thread. */
        FairShare inHand() {
            return new FairShare(waiting + rows);
        }
    }
}
