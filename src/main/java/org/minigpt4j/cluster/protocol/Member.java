package org.minigpt4j.cluster.protocol;

import java.io.Serializable;

/**
 * A rank and the address at which its peers reach it.
 *
 * @param id of the rank
 * @param host the address that it listens on
 * @param port the port that it listens on
 */
public record Member(MemberId id, String host, int port) implements Serializable {

    @Override
    public String toString() {
        return id + " on " + host;
    }
}
