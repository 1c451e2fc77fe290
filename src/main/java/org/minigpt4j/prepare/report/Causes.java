package org.minigpt4j.prepare.report;

import java.util.Map;

/** What the causes that pairs are counted under mean, and what can be done about them. */
public final class Causes {

    private static final String RETRY =
            "this may be temporary: prepare.retry_failed=true retries such pairs once";

    private static final Map<String, String> EXPLAINED =
            Map.ofEntries(
                    Map.entry("bad_address", "the list's entry is not an http or https address"),
                    Map.entry("dns", "the host's name has no address; usually the host is gone"),
                    Map.entry(
                            "dns_timeout",
                            "the resolver did not answer in time; "
                                    + RETRY
                                    + ", and a resolver on this machine helps"),
                    Map.entry(
                            "refused_address",
                            "the host is in a private or local network; list it in"
                                    + " fetch.allow_private if the pictures are your own"),
                    Map.entry("connect_timeout", "the host did not answer in time; " + RETRY),
                    Map.entry(
                            "connect",
                            "the connection was refused, or there is no route to the host; "
                                    + RETRY),
                    Map.entry("tls", "no secure connection; the certificate is bad or expired"),
                    Map.entry("first_byte_timeout", "the host was too slow to answer; " + RETRY),
                    Map.entry("body_timeout", "the picture came too slowly; " + RETRY),
                    Map.entry("reset", "the connection broke; " + RETRY),
                    Map.entry("truncated", "the picture ended too early; " + RETRY),
                    Map.entry("chunks", "the host's answer is malformed"),
                    Map.entry("protocol", "what came is not HTTP; " + RETRY),
                    Map.entry("too_large", "more bytes than fetch.max_mb allows"),
                    Map.entry("encoding", "the answer is packed in a way that was not asked for"),
                    Map.entry("not_an_image", "a web page came instead of the picture"),
                    Map.entry(
                            "too_many_requests",
                            "the host asks for patience; "
                                    + RETRY
                                    + ", and fewer fetch.connections_per_host help"),
                    Map.entry("server_error", "the host had an error; " + RETRY),
                    Map.entry("http_status 404", "the picture is gone"),
                    Map.entry("http_status 410", "the picture is gone"),
                    Map.entry("http_status 401", "the host wants a login"),
                    Map.entry(
                            "http_status 403",
                            "the host serves the picture only to its own" + " pages"),
                    Map.entry("redirects", "the address leads in circles, too far or nowhere"),
                    Map.entry(
                            "robots",
                            "the host's robots.txt says no, or could not be read;"
                                    + " fetch.robots_txt says whether it counts"),
                    Map.entry("x_robots", "the answer forbids such use (X-Robots-Tag)"),
                    Map.entry("internal", "an error of the program or its memory; " + RETRY),
                    Map.entry("unreadable", "the file could not be read"),
                    Map.entry("image decoding error", "the bytes are no picture, or a broken one"),
                    Map.entry(
                            "image has too many pixels",
                            "picture.max_pixels allows fewer; it was not decoded"),
                    Map.entry(
                            "image is too complex",
                            "a JPEG of so many scans that it would take minutes"),
                    Map.entry("image is empty", "the response was empty"),
                    Map.entry(
                            "image too small",
                            "picture.min_image_size asks for a longer shorter side"),
                    Map.entry("image area too small", "picture.min_image_area asks for more"),
                    Map.entry("image area too large", "picture.max_image_area asks for less"),
                    Map.entry("aspect ratio too large", "picture.max_aspect_ratio asks for less"),
                    Map.entry("caption missing", "the list has no caption for the picture"),
                    Map.entry("duplicate", "prepare.dedupe keeps the first of equal pictures"));

    private Causes() {}

    /** Half a sentence about a cause; empty where its name says it all. */
    public static String explain(String cause) {
        String known = EXPLAINED.get(cause);
        if (known != null) {
            return known;
        }
        if (cause.startsWith("caption shorter than") || cause.startsWith("caption longer than")) {
            return "filter.%s_%s sets this limit"
                    .formatted(
                            cause.contains("shorter") ? "min" : "max",
                            cause.endsWith("words") ? "words" : "characters");
        }
        if (cause.startsWith("caption of too few letters")) {
            return "filter.min_letter_share sets this limit";
        }
        if (cause.startsWith("caption not in")) {
            return "filter.script asks for this script";
        }
        return cause.startsWith("http_status ") ? "the host answers with this status" : "";
    }
}
