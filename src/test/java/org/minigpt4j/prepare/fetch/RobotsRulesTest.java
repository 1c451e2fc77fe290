package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

class RobotsRulesTest {

    @ParameterizedTest
    @CsvSource({
        "/fish, /fish.html, true",
        "/fish, /Fish, false",
        "/fish*, /fishheads/yummy.html, true",
        "/fish/, /fish, false",
        "/*.php, /folder/filename.php?parameters, true",
        "/*.php$, /filename.php?parameters, false",
        "/*.php$, /a.php/b.php, true",
        "/fish*.php, /fishheads/catfish.php?id=2, true",
        "/fish*.php, /Fish.PHP, false",
        "/a*b*c$, /abbbbc, true",
        "/a*bcbcd*e, /abcbcbcdxe, true",
        "/*abab$, /abaabab, true",
        "/*aba*aba$, /xababa, false",
        "/caf%C3%A9, /café, true",
        "/index.html, /, true",
        "/index.html, /other, false",
        "*, /anything, true",
        "/$, /, true",
        "/$, /a, false",
    })
    void aRuleMatchesAsRfc9309Says(String rule, String path, boolean matches) {
        assertEquals(!matches, rules("Disallow: " + rule).allows(path), rule + " on " + path);
    }

    @Test
    void theLongestRuleDecidesAndAllowBeforeDisallow() {
        RobotsRules rules = rules("Disallow: /a", "Allow: /a/b", "Disallow: /a/b/c");
        assertTrue(!rules.allows("/a/x") && rules.allows("/a/b/x") && !rules.allows("/a/b/c/x"));
        assertTrue(rules("Disallow: /page", "Allow: /page").allows("/page"));
        assertTrue(rules("Disallow:").allows("/page") && rules("").allows("/"));
        assertTrue(rules("Disallow: /").allows("/robots.txt"));
    }

    @Test
    void agreesWithARegularExpression() {
        long seed = Long.getLong("minigpt4j.seed", 1);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 20_000; round++) {
            String rule = "/" + letters(random, "ab*", 12);
            String path = "/" + letters(random, "ab", 16);
            boolean toEnd = random.nextBoolean();
            Pattern pattern = Pattern.compile(rule.replace("*", ".*") + (toEnd ? "" : ".*"));
            RobotsRules.Rule line = RobotsRules.Rule.of(rule + (toEnd ? "$" : ""), false);
            assertEquals(
                    pattern.matcher(path).matches(),
                    line.matches(path),
                    () -> rule + " to its end: " + toEnd + " on " + path + ", seed " + seed);
        }
    }

    private static String letters(SplittableRandom random, String alphabet, int most) {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(most); left > 0; left--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    /**
     * Each rule that this was written against made crawler-commons try the path again and again.
     */
    @Test
    void fifteenThousandWildcardsCostMilliseconds() {
        String[] lines = new String[15_000];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = "Disallow: /*a*aa*aaa*aaaaaaa" + i + "b$";
        }
        RobotsRules rules = rules(lines);
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertTrue(rules.allows("/" + "a".repeat(2000) + ".jpg")));
        assertFalse(rules.isTooMuchWork("/" + "a".repeat(250)));
        assertTrue(rules.isTooMuchWork("/" + "a".repeat(2000)), "not matched where it must not be");
        lines[0] = "Disallow: /b";
        assertFalse(rules(lines[0]).isTooMuchWork("/" + "a".repeat(2000)));
    }

    /** Java's URI makes {@code a/../} shorter in quadratic time, 12 s for half a megabyte. */
    @Test
    void aLongLineCostsMillisecondsAndNoOtherLine() {
        String slow = "Sitemap: " + "a/../".repeat(95_000);
        RobotsRules rules =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(5),
                        () -> rules("Disallow: /a", slow, "Disallow: /b\r" + "x".repeat(9000)));
        assertFalse(rules.allows("/a"));
        assertFalse(rules.allows("/b"));
        assertTrue(rules.allows("/c"));
    }

    @Test
    void aLongFileIsCutBeforeTheLineThatWouldSayHalf() {
        String start = "User-agent: *\nDisallow: /private\n";
        String filler = "#".repeat(RobotsRules.MAX_BYTES - start.length() - 12) + "\n";
        byte[] file =
                (start + filler + "Disallow: /a-long-name\n" + "x".repeat(99)).getBytes(UTF_8);
        RobotsRules rules = RobotsRules.parse("http://a.example/robots.txt", file, "minigpt");
        assertTrue(!rules.allows("/private/1"));
        assertTrue(rules.allows("/"), "what was cut is no rule");
        assertEquals(1, rules.rules().size());
    }

    private static RobotsRules rules(String... lines) {
        String text = "User-agent: *\n" + String.join("\n", lines) + "\n";
        return RobotsRules.parse("http://a.example/robots.txt", text.getBytes(UTF_8), "minigpt");
    }
}
