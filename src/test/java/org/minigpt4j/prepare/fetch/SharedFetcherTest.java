package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.minigpt4j.io.web.FetchFault;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class SharedFetcherTest {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");

    private final List<Fetcher> made = Collections.synchronizedList(new ArrayList<>());
    private MisbehavingServer server;

    @BeforeEach
    void start() {
        server = new MisbehavingServer(0, NOWHERE);
    }

    @AfterEach
    void stop() throws IOException {
        made.forEach(Fetcher::close);
        server.close();
    }

    private SharedFetcher.Registry registry(Duration linger) {
        return new SharedFetcher.Registry(
                settings -> {
                    Fetcher fetcher = new Fetcher(settings);
                    made.add(fetcher);
                    return fetcher;
                },
                linger);
    }

    private FetchSettings settings() {
        return FetchSettings.defaults()
                .with(new FetchSettings.Connections(8, 3, 0))
                .with(new FetchSettings.Retries(0, Duration.ofMillis(2), Duration.ofSeconds(60)))
                .allowing(Set.of(server.hostAndPort()));
    }

    private static Fetched get(SharedFetcher fetcher, URI address) {
        return fetcher.fetch(address).orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Test
    void twoUsersReadRobotsTxtOnceAndTogetherKeepToAHostsConnections() {
        server.delay(20);
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher one = registry.enter(settings());
                SharedFetcher other = registry.enter(settings())) {
            List<CompletableFuture<Fetched>> all = new ArrayList<>();
            for (int n = 0; n < 30; n++) {
                SharedFetcher user = n % 2 == 0 ? one : other;
                all.add(user.fetch(server.address(Behaviour.IMAGE, n)));
            }
            for (CompletableFuture<Fetched> picture : all) {
                Fetched fetched = picture.orTimeout(30, TimeUnit.SECONDS).join();
                assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
            }
            assertTrue(one.received() > 0 && other.received() > 0, "each is told its own bytes");
            assertEquals(made.get(0).received(), one.received() + other.received());
        }
        assertEquals(1, server.hits("/robots.txt"));
        assertEquals(3, server.mostAtATime());
    }

    @Test
    void aRestThatOneUserWasAskedForIsKeptByTheOther() {
        server.retryAfter(1);
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher one = registry.enter(settings());
                SharedFetcher other = registry.enter(settings())) {
            long asked = System.nanoTime();
            Fetched told = get(one, server.address(Behaviour.BUSY_ONCE, 1));
            assertEquals(
                    FetchFault.TOO_MANY_REQUESTS,
                    assertInstanceOf(Fetched.Failure.class, told).fault());
            Fetched after = get(other, server.address(Behaviour.IMAGE, 2));
            assertInstanceOf(Fetched.Body.class, after, after::toString);
            long waited = System.nanoTime() - asked;
            assertTrue(waited >= 1_000_000_000, waited + " ns");
        }
    }

    @Test
    void aHostThatOneUserGaveUpIsLeftAloneByTheOther() {
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher one = registry.enter(settings());
                SharedFetcher other = registry.enter(settings())) {
            get(one, server.address(Behaviour.BUSY, 1)); // asks for an hour
            Fetched after = get(other, server.address(Behaviour.IMAGE, 2));
            assertEquals(
                    FetchFault.TOO_MANY_REQUESTS,
                    assertInstanceOf(Fetched.Failure.class, after).fault());
        }
        assertEquals(0, server.hits(Behaviour.IMAGE.path(2)));
    }

    @Test
    void aUserThatLeavesEndsWhatItHasUnderWayAndNothingElse() {
        FetchSettings settings = settings().with(new FetchSettings.Connections(8, 1, 0));
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher other = registry.enter(settings)) {
            SharedFetcher one = registry.enter(settings);
            CompletableFuture<Fetched> silent = one.fetch(server.address(Behaviour.SILENT, 1));
            CompletableFuture<Fetched> behind = other.fetch(server.address(Behaviour.IMAGE, 2));
            one.close();
            Fetched broken = silent.orTimeout(30, TimeUnit.SECONDS).join();
            assertEquals(
                    FetchFault.CLOSED, assertInstanceOf(Fetched.Failure.class, broken).fault());
            // The only connection to the host is free long before the silent one's deadline.
            Fetched fetched = behind.orTimeout(10, TimeUnit.SECONDS).join();
            assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
        }
    }

    @Test
    void eachUserBringsItsConnections() {
        server.delay(100);
        FetchSettings settings = settings().with(new FetchSettings.Connections(2, 8, 0));
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher one = registry.enter(settings);
                SharedFetcher other = registry.enter(settings)) {
            List<CompletableFuture<Fetched>> all = new ArrayList<>();
            for (int n = 0; n < 24; n++) {
                SharedFetcher user = n % 2 == 0 ? one : other;
                all.add(user.fetch(server.address(Behaviour.IMAGE, n)));
            }
            all.forEach(picture -> picture.orTimeout(30, TimeUnit.SECONDS).join());
        }
        assertEquals(4, server.mostAtATime());
    }

    @Test
    void withoutUsersItEndsAfterAWhileAndNotBefore() throws Exception {
        SharedFetcher.Registry lingering = registry(Duration.ofMinutes(1));
        lingering.enter(settings()).close();
        try (SharedFetcher again = lingering.enter(settings())) {
            assertEquals(1, made.size(), "the one before is still there");
            assertInstanceOf(Fetched.Body.class, get(again, server.address(Behaviour.IMAGE, 1)));
        }
        SharedFetcher.Registry quick = registry(Duration.ofMillis(1));
        quick.enter(settings()).close();
        Fetcher first = made.get(1);
        CountDownLatch ended = new CountDownLatch(1);
        first.fetch(server.address(Behaviour.SILENT, 1)).thenRun(ended::countDown);
        assertTrue(ended.await(10, TimeUnit.SECONDS), "its threads and connections end");
        try (SharedFetcher next = quick.enter(settings())) {
            assertEquals(3, made.size());
            assertNotSame(first, made.get(2));
            assertInstanceOf(Fetched.Body.class, get(next, server.address(Behaviour.IMAGE, 2)));
        }
    }

    @Test
    void otherSettingsAreAnotherFetcher() {
        SharedFetcher.Registry registry = registry(Duration.ofMinutes(1));
        try (SharedFetcher one = registry.enter(settings());
                SharedFetcher other = registry.enter(settings().allowing(Set.of("10.0.0.1")))) {
            assertEquals(2, made.size(), () -> "" + one.received() + other.received());
        }
    }
}
