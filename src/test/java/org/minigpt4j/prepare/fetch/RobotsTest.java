package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.WebAddress;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** When a host is asked for its robots.txt, on a clock that the test sets. */
class RobotsTest {

    private final List<URI> asked = new ArrayList<>();
    private CompletableFuture<Fetched> answer = text("User-agent: *\nDisallow: /private\n");
    private Duration now = Duration.ofDays(-1000); // System.nanoTime may be negative
    private final Robots robots = new Robots("minigpt4j", this::answer, () -> now.toNanos());

    private CompletableFuture<Fetched> answer(URI robotsTxt) {
        asked.add(robotsTxt);
        return answer;
    }

    @Test
    void aHostIsAskedOnceADay() throws Exception {
        assertTrue(allows("http://a.example/one"));
        assertTrue(!allows("http://a.example/private/two"));
        now = now.plus(Duration.ofHours(24));
        assertTrue(!allows("http://a.example/private/three"));
        assertEquals(List.of(URI.create("http://a.example:80/robots.txt")), asked);

        answer = text("");
        now = now.plusSeconds(1);
        assertTrue(allows("http://a.example/private/four"), "it has changed its mind");
        assertEquals(2, asked.size());
    }

    @Test
    void eachSchemeHostAndPortIsAskedForItself() throws Exception {
        for (String place :
                List.of("http://a.example", "https://a.example", "http://a.example:81")) {
            assertTrue(allows(place + "/one"));
            assertTrue(allows(place + "/two"));
        }
        assertEquals(3, asked.size());
    }

    @Test
    void aFailingHostAllowsNothingAndIsAskedAgainInFiveMinutes() throws Exception {
        answer =
                CompletableFuture.completedFuture(
                        new Fetched.Failure(FetchFault.SERVER_ERROR, "status 500"));
        assertTrue(!allows("http://a.example/one"));
        answer = text("");
        now = now.plusMinutes(5);
        assertTrue(!allows("http://a.example/one"), "not asked again so soon");
        now = now.plusSeconds(1);
        assertTrue(allows("http://a.example/one"));
        assertEquals(2, asked.size());
    }

    @Test
    void aHostThatIsSlowToAnswerIsNotAskedTwice() throws Exception {
        answer = new CompletableFuture<>();
        CompletableFuture<Void> first = check("http://a.example/one");
        now = now.plusDays(2);
        CompletableFuture<Void> second = check("http://a.example/two");
        assertEquals(1, asked.size());
        answer.complete(new Fetched.Failure(FetchFault.HTTP_STATUS, "status 404"));
        first.get();
        second.get();
    }

    @Test
    void moreRulesThanCanBeMatchedRefuseALongAddressAndSayWhy() throws Exception {
        StringBuilder rules = new StringBuilder("User-agent: *\n");
        for (int i = 0; i < 10_000; i++) {
            rules.append("Disallow: /*x").append(i).append('\n');
        }
        answer = text(rules.toString());
        assertTrue(allows("http://a.example/one"));
        String address = "http://a.example/" + "a".repeat(5000);
        var e = assertThrows(ExecutionException.class, () -> check(address).get());
        assertTrue(e.getCause() instanceof FetchException, "" + e.getCause());
        assertEquals(
                "robots.txt of a.example has 10000 rules, too many for an address of 5001"
                        + " characters",
                e.getCause().getMessage());
    }

    @Test
    void anErrorOfThisJvmIsNotRemembered() throws Exception {
        answer = CompletableFuture.failedFuture(new IllegalStateException("out of luck"));
        var e = assertThrows(ExecutionException.class, () -> check("http://a.example/one").get());
        assertEquals("out of luck", e.getCause().getMessage());
        answer = text("");
        assertTrue(allows("http://a.example/one"));
    }

    private boolean allows(String address) throws Exception {
        try {
            check(address).get();
            return true;
        } catch (ExecutionException e) {
            assertEquals(FetchFault.ROBOTS, ((FetchException) e.getCause()).fault());
            return false;
        }
    }

    private CompletableFuture<Void> check(String address) throws FetchException {
        return robots.check(WebAddress.of(URI.create(address)));
    }

    private static CompletableFuture<Fetched> text(String robotsTxt) {
        return CompletableFuture.completedFuture(
                new Fetched.Body(robotsTxt.getBytes(UTF_8), "text/plain", null, 0));
    }
}
