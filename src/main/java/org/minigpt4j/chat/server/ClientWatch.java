package org.minigpt4j.chat.server;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.minigpt4j.chat.Asker;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Detects whether a client has disconnected. HTTP/1.1 does not show this while the client waits for
 * an answer, so this class reads from the connection, on which a waiting client sends nothing. If
 * the client does send a further request, that is lost and the connection must be closed; the
 * protocol allows this.
 */
final class ClientWatch {

    /** The header in which OpenAI's clients count how often they have repeated a request. */
    private static final String AGAIN = "X-Stainless-Retry-Count";

    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,5}");

    private final EndPoint endPoint;
    private final Asker asker;
    private final ByteBuffer read = ByteBuffer.allocate(1).flip();
    private boolean wrote;

    /** Watches the client of a request that has been read completely. */
    ClientWatch(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        boolean single = connection.getHttpVersion().compareTo(HttpVersion.HTTP_1_1) <= 0;
        asker = asker(request);
        endPoint = single ? connection.getConnection().getEndPoint() : null;
    }

    /** The origin of a request: its host and its API key. */
    static Asker asker(Request request) {
        String key = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        String before = request.getHeaders().get(AGAIN);
        return new Asker(
                Request.getRemoteAddr(request),
                key == null ? "" : hash(key),
                before != null && NUMBER.matcher(before).matches());
    }

    /** The origin of the request, including the user that it names. */
    Asker asker(Optional<String> user) {
        return new Asker(
                asker.host(), user.map(ClientWatch::hash).orElse("") + asker.name(), asker.again());
    }

    private static String hash(String text) {
        return new Sha256().update(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))).hex();
    }

    /** Whether the client has disconnected. */
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
