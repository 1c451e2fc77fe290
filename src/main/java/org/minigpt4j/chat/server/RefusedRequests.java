package org.minigpt4j.chat.server;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers requests that Jetty refuses before {@link ApiHandler} sees them, such as ones with a
 * malformed URL. Jetty's own error page would repeat what the client sent; this sends the usual
 * error format.
 */
final class RefusedRequests implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus() >= 400 ? response.getStatus() : 500;
        ApiException error =
                status >= 500
                        ? ApiException.failed(status, "the request failed")
                        : ApiException.invalid(
                                status, "bad_request", null, "the request is not valid HTTP");
        response.setStatus(status);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json;charset=utf-8");
        Content.Sink.write(response, true, Completions.GSON.toJson(error.body()), callback);
        return true;
    }
}
