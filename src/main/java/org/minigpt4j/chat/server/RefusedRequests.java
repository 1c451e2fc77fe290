package org.minigpt4j.chat.server;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that are refused before {@link ApiHandler} sees them, such as an address that is
 * none. Jetty's own page would show what the client sent; this says what every error says.
 */
final class RefusedRequests implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus() >= 400 ? response.getStatus() : 500;
        ApiException error =
                status >= 500
                        ? ApiException.failed(status, "the request failed here")
                        : ApiException.invalid(
                                status, "bad_request", null, "the request is not valid HTTP");
        response.setStatus(status);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json;charset=utf-8");
        Content.Sink.write(response, true, Completions.GSON.toJson(error.body()), callback);
        return true;
    }
}
