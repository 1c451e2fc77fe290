package org.minigpt4j.prepare.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Nested;
import org.minigpt4j.FailedException;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;
import org.minigpt4j.io.web.ContentCoding;
import org.minigpt4j.io.web.ContentCodingTest;
import org.minigpt4j.io.web.FetchException;

import java.util.List;

/** What servers send besides pictures: robots.txt, and codings of either. */
class FetchFuzzTest {

    @Nested
    class RobotsTxt extends FuzzedReader {

        RobotsTxt() {
            super("robots");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                RobotsRules rules =
                        RobotsRules.parse("http://a.example/robots.txt", bytes, "minigpt");
                rules.allows("/pictures/1.jpg?size=large&x=%20%zz");
                rules.allows("/" + "a".repeat(2000));
                rules.allows("/caf\u00e9/*/$");
            };
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text("User-agent: *\nDisallow: /private\nAllow: /private/open$\n"),
                    text("\uFEFFuser-agent:minigpt\r\nuser-agent: b\rDisallow:/*a*aa*.jpg$ # no\n"),
                    text("Sitemap: http://a.example/map\nCrawl-delay: 1e9\nDisallow: %zz%41\n"));
        }

        @Override
        protected List<String> dictionary() {
            return List.of("User-agent: ", "Disallow: /", "Allow: ", "*", "$", "\n", "%", "a*a*a*");
        }

        private byte[] text(String robotsTxt) {
            return robotsTxt.getBytes(UTF_8);
        }
    }

    @Nested
    class Coding extends FuzzedReader {

        Coding() {
            super("coding");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                FailedException words = null;
                for (String codings : List.of("gzip", "deflate", "gzip, gzip")) {
                    for (boolean cut : new boolean[] {true, false}) {
                        try {
                            new ContentCoding(1 << 20, cut).undo(codings, bytes);
                        } catch (FetchException e) {
                            words = new FailedException(e.getMessage(), e);
                        }
                    }
                }
                if (words != null) {
                    throw words;
                }
            };
        }

        @Override
        protected List<byte[]> seeds() throws Exception {
            byte[] once = ContentCodingTest.gzip(new byte[100_000]);
            return List.of(once, ContentCodingTest.gzip(once), ContentCodingTest.gzip(new byte[0]));
        }
    }
}
