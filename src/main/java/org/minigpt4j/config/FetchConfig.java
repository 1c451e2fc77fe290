package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

import java.util.List;

/** How pictures are fetched ({@code fetch}). */
public record FetchConfig(
        @Key(doc = "Connections of a task; Spark runs a task a core.", byDefault = "128")
                @Range(min = 1, max = 4096)
                int connections,
        @Key(
                        doc = "Connections of an executor to one host, by all its tasks together.",
                        byDefault = "4")
                @Range(min = 1)
                int connectionsPerHost,
        @Key(
                        doc =
                                "After so many failures in a row that are the host's, its other"
                                        + " addresses fail at once; 0 for never.",
                        byDefault = "16")
                @Range(min = 0)
                int hostPatience,
        @Key(doc = "Seconds for the name and the connection.", byDefault = "10.0") @Range(above = 0)
                double connectTimeout,
        @Key(doc = "Seconds from the request to the head of the answer.", byDefault = "15.0")
                @Range(above = 0)
                double firstByteTimeout,
        @Key(doc = "Seconds from there to the last byte.", byDefault = "30.0") @Range(above = 0)
                double bodyTimeout,
        @Key(doc = "Tries beyond the first, for faults that may pass.", byDefault = "2")
                @Range(min = 0)
                int retries,
        @Key(
                        doc =
                                "Seconds before the second try, doubled before each further one;"
                                        + " half of it is random.",
                        byDefault = "1.0")
                @Range(min = 0)
                double backoff,
        @Key(
                        doc = "A host that asks to wait for more seconds than this is given up.",
                        byDefault = "30.0")
                @Range(min = 0)
                double maxRetryAfter,
        @Key(doc = "Largest file, in MiB, as sent and as unpacked.", byDefault = "20.0")
                @Range(above = 0, max = 1024)
                double maxMb,
        @Key(doc = "Redirects of an address.", byDefault = "5") @Range(min = 0) int maxRedirects,
        @Key(
                        doc =
                                "Who asks; say how to reach you. The letters it begins with are the"
                                        + " name in robots.txt: `minigpt`.",
                        byDefault = "minigpt4j (collects pictures with captions to train models)")
                String userAgent,
        @Key(doc = "Obey hosts' robots.txt.", byDefault = "true") boolean robotsTxt,
        @Key(
                        doc =
                                "Directives of the answer's `X-Robots-Tag` that forbid a picture;"
                                        + " `[]` to ignore the header.",
                        byDefault = "[noai, noimageai, noindex, noimageindex]")
                List<String> disallowedRobotsTags,
        @Key(
                        doc =
                                "Addresses that may be connected to although they are not public,"
                                        + " such as `10.0.0.5` or `127.0.0.1:8080`, for a server of"
                                        + " your own.",
                        byDefault = "[]")
                List<String> allowPrivate) {}
