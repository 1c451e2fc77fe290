package org.minigpt4j.chat.server;

import org.minigpt4j.chat.Asker;
import org.minigpt4j.chat.FairShare;

import java.util.HashMap;
import java.util.Map;

/** Counts requests in progress by host; each occupies a thread. */
final class InHand {

    private final FairShare share;
    private final Map<String, Integer> hosts = new HashMap<>();
    private int all;

    InHand(FairShare share) {
        this.share = share;
    }

    /** Adds a request if it is admitted; returns whether it was. */
    synchronized boolean enter(Asker who) {
        int own = hosts.getOrDefault(who.host(), 0);
        if (!share.admits(who, all, own, hosts.size(), 1)) {
            return false;
        }
        hosts.put(who.host(), own + 1);
        all++;
        return true;
    }

    /** Removes a request that has ended. */
    synchronized void leave(Asker who) {
        all--;
        hosts.computeIfPresent(who.host(), (host, own) -> own == 1 ? null : own - 1);
    }
}
