package org.minigpt4j.chat.server;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

/** An error response to a request, in the format that OpenAI's clients expect. */
final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final String code;
    private final String param;
    private final int retrySeconds;

    private ApiException(
            int status, String type, String code, String param, String message, int retrySeconds) {
        super(message);
        this.retrySeconds = retrySeconds;
        this.status = status;
        this.type = type;
        this.code = code;
        this.param = param;
    }

    /** The request is invalid; repeating it does not help. */
    static ApiException invalid(int status, String code, String param, String message) {
        return new ApiException(status, "invalid_request_error", code, param, message, 0);
    }

    /** The model is busy; the client can repeat the request after {@code seconds}. */
    static ApiException busy(String message, int seconds) {
        return new ApiException(
                429, "rate_limit_error", "rate_limit_exceeded", null, message, seconds);
    }

    /** Something failed in the server. */
    static ApiException failed(int status, String message) {
        return new ApiException(status, "server_error", "server_error", null, message, 0);
    }

    int status() {
        return status;
    }

    /** Seconds after which to repeat the request; 0 if that does not help. */
    int retrySeconds() {
        return retrySeconds;
    }

    /** {@code {"error": {message, type, param, code}}}; {@code code} is text, as clients expect. */
    JsonObject body() {
        JsonObject error = new JsonObject();
        error.addProperty("message", getMessage());
        error.addProperty("type", type);
        if (param == null) {
            error.add("param", JsonNull.INSTANCE);
        } else {
            error.addProperty("param", param);
        }
        error.addProperty("code", code);
        JsonObject body = new JsonObject();
        body.add("error", error);
        return body;
    }
}
