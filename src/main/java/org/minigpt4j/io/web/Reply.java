package org.minigpt4j.io.web;

import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;

import java.util.Arrays;
import java.util.List;

/** A complete response; the body is empty unless the status is 200. */
public record Reply(HttpResponse head, byte[] body) {

    /** Its status code, such as 200. */
    public int status() {
        return head.getCode();
    }

    /** The first header with that name; empty if there is none. */
    public String header(String name) {
        Header header = head.getFirstHeader(name);
        return header == null || header.getValue() == null ? "" : header.getValue().strip();
    }

    /** The values of all headers with that name. */
    public List<String> headers(String name) {
        return Arrays.stream(head.getHeaders(name)).map(Header::getValue).toList();
    }
}
