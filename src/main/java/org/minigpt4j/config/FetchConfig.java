package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

import java.util.List;

/** How pictures are fetched ({@code fetch}). */
public record FetchConfig(
        @Key(doc = "Connections per task; Spark runs one task per core.", byDefault = "128")
                @Range(min = 1, max = 4096)
                int connections,
        @Key(
                        doc =
                                "Connections of an executor to one host, for all its"
                                        + " tasks together.",
                        byDefault = "4")
                @Range(min = 1)
                int connectionsPerHost,
        @Key(
                        doc =
                                "After this many consecutive failures that are the"
                                        + " host's fault, its other addresses fail immediately;"
                                        + " 0 means never.",
                        byDefault = "16")
                @Range(min = 0)
                int hostPatience,
        @Key(doc = "Seconds to resolve the name and connect.", byDefault = "10.0") @Range(above = 0)
                double connectTimeout,
        @Key(doc = "Seconds from the request to the head of the answer.", byDefault = "15.0")
                @Range(above = 0)
                double firstByteTimeout,
        @Key(doc = "Seconds from there to the last byte.", byDefault = "30.0") @Range(above = 0)
                double bodyTimeout,
        @Key(doc = "Retries after temporary failures.", byDefault = "2") @Range(min = 0)
                int retries,
        @Key(
                        doc =
                                "Seconds before the first retry, doubled before each"
                                        + " further one; half of it is random.",
                        byDefault = "1.0")
                @Range(min = 0)
                double backoff,
        @Key(
                        doc =
                                "A host that asks for a longer wait than this many"
                                        + " seconds is given up.",
                        byDefault = "30.0")
                @Range(min = 0)
                double maxRetryAfter,
        @Key(doc = "Largest file, in MiB, as sent and as unpacked.", byDefault = "20.0")
                @Range(above = 0, max = 1024)
                double maxMb,
        @Key(doc = "Maximum redirects of an address.", byDefault = "5") @Range(min = 0)
                int maxRedirects,
        @Key(
                        doc =
                                "The User-Agent header; say how to reach you. Its"
                                        + " leading letters are the name that rules in"
                                        + " robots.txt apply to: `minigpt`.",
                        byDefault = "minigpt4j (collects pictures with captions to train models)")
                String userAgent,
        @Key(doc = "Obey hosts' robots.txt.", byDefault = "true") boolean robotsTxt,
        @Key(
                        doc =
                                "Directives of the response's `X-Robots-Tag` that"
                                        + " forbid a picture; `[]` ignores the header.",
                        byDefault = "[noai, noimageai, noindex, noimageindex]")
                List<String> disallowedRobotsTags,
        @Key(
                        doc =
                                "Addresses that may be connected to although they are not public,"
                                        + " such as `10.0.0.5` or `127.0.0.1:8080`, for a server of"
                                        + " your own.",
                        byDefault = "[]")
                List<String> allowPrivate) {}
