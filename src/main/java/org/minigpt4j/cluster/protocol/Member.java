package org.minigpt4j.cluster.protocol;

import java.io.Serializable;

/**
 * A rank and where its peers reach it.
 *
 * @param id which
 * @param host address that it is bound to
 * @param port that it listens on
 */
public record Member(MemberId id, String host, int port) implements Serializable {

    @Override
    public String toString() {
        return id + " on " + host;
    }
}
