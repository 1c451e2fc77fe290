package org.minigpt4j.chat.server;

import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Whether a client is still there. HTTP/1.1 says nothing of that while an answer is awaited, so the
 * connection is read from, which a client that waits does not write to. If it does write, its next
 * request is lost and the connection must be closed, as the protocol allows.
 */
final class ClientWatch {

    private final EndPoint endPoint;
    private final ByteBuffer read = ByteBuffer.allocate(1).flip();
    private boolean wrote;

    /** Watches who sent a request that was read to its end. */
    ClientWatch(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        boolean single = connection.getHttpVersion().compareTo(HttpVersion.HTTP_1_1) <= 0;
        endPoint = single ? connection.getConnection().getEndPoint() : null;
    }

    /** Whether it has gone away. */
    boolean isGone() {
        if (endPoint == null || wrote) {
            return false;
        }
        try {
            int count = endPoint.fill(read);
            wrote = count > 0;
            return count < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether the connection must be closed after the answer. */
    boolean wrote() {
        return wrote;
    }
}
