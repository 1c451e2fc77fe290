package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.minigpt4j.io.web.Deadlines;
import org.minigpt4j.io.web.FetchFault;
import org.minigpt4j.io.web.NameCache;
import org.minigpt4j.io.web.WebAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class FetcherTest {

    private static final int MAX_BYTES = 1 << 20;

    private Canary canary;
    private MisbehavingServer server;

    @BeforeEach
    void start() throws IOException {
        canary = new Canary("127.0.0.2");
        server = new MisbehavingServer(0, canary.address());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        canary.close();
    }

    private FetchSettings settings() {
        return FetchSettings.defaults()
                .with(new FetchSettings.Connections(32, 8, 0))
                .with(
                        new Deadlines(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(2)))
                .with(new FetchSettings.Retries(1, Duration.ofMillis(2), Duration.ofSeconds(1)))
                .with(new FetchSettings.Limits(MAX_BYTES, 5))
                .allowing(Set.of(server.hostAndPort()));
    }

    private static Deadlines impatient() {
        Duration moment = Duration.ofMillis(150);
        return new Deadlines(Duration.ofSeconds(10), moment, moment);
    }

    private static Fetched get(Fetcher fetcher, URI address) {
        return fetcher.fetch(address).orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static FetchFault fault(Fetched fetched) {
        return assertInstanceOf(Fetched.Failure.class, fetched).fault();
    }

    @ParameterizedTest
    @EnumSource(Behaviour.class)
    void givesEveryBehaviourItsName(Behaviour behaviour) {
        boolean slow = behaviour.fault().stream().anyMatch(f -> f.name().endsWith("TIMEOUT"));
        FetchSettings settings = slow ? settings().with(impatient()) : settings();
        try (Fetcher fetcher = new Fetcher(settings)) {
            Fetched fetched = get(fetcher, server.address(behaviour, 7));
            if (behaviour.fault().isPresent()) {
                assertEquals(behaviour.fault().get(), fault(fetched), fetched::toString);
            } else {
                Fetched.Body body =
                        assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
                if (behaviour.givesPicture()) {
                    assertArrayEquals(TestPictures.jpeg(7), body.bytes());
                }
                assertEquals("image/jpeg", body.contentType());
                assertEquals(behaviour == Behaviour.HOPS ? 3 : 0, body.redirects());
            }
            assertTrue(fetcher.received() <= 2 * MAX_BYTES + (128 << 10), "bytes are bounded");
        }
        assertEquals(0, canary.connections());
        assertEquals(1, server.hits("/robots.txt"));
    }

    @Test
    void asksAgainOnlyWhereItMayHelp() {
        try (Fetcher fetcher = new Fetcher(settings())) {
            get(fetcher, server.address(Behaviour.FAILING, 1));
            get(fetcher, server.address(Behaviour.MISSING, 1));
            get(fetcher, server.address(Behaviour.BUSY, 1));
        }
        assertEquals(2, server.hits(Behaviour.FAILING.path(1)));
        assertEquals(1, server.hits(Behaviour.MISSING.path(1)));
        assertEquals(1, server.hits(Behaviour.BUSY.path(1)), "an hour is not waited for");
    }

    /** An answer longer than announced leaves bytes that the next one begins with. */
    @Test
    void anAnswerIsNotSpoiledByWhatTheOneBeforeLeft() {
        FetchSettings settings =
                settings()
                        .with(new FetchSettings.Connections(1, 1, 0))
                        .with(
                                new FetchSettings.Retries(
                                        0, Duration.ofMillis(2), Duration.ofSeconds(1)));
        try (Fetcher fetcher = new Fetcher(settings)) {
            for (int n = 0; n < 10; n++) {
                get(fetcher, server.address(Behaviour.LONG, n));
                Fetched next = get(fetcher, server.address(Behaviour.IMAGE, n));
                Fetched.Body body = assertInstanceOf(Fetched.Body.class, next, next::toString);
                assertArrayEquals(TestPictures.jpeg(n), body.bytes());
            }
        }
    }

    @Test
    void leavesAHostThatAsksForALongPauseAlone() {
        try (Fetcher fetcher = new Fetcher(settings())) {
            get(fetcher, server.address(Behaviour.BUSY, 1));
            assertEquals(
                    FetchFault.TOO_MANY_REQUESTS,
                    fault(get(fetcher, server.address(Behaviour.IMAGE, 1))));
        }
        assertEquals(0, server.hits(Behaviour.IMAGE.path(1)));
    }

    @Test
    void refusesPrivateAddressesHoweverTheyAreWritten() {
        int port = canary.port();
        List<String> written =
                List.of(
                        "http://127.0.0.2:" + port + "/",
                        "http://2130706434:" + port + "/",
                        "http://127.2:" + port + "/",
                        "http://[::ffff:127.0.0.2]:" + port + "/",
                        "http://[::ffff:7f00:2]:" + port + "/",
                        "http://[::127.0.0.2]:" + port + "/",
                        "http://[64:ff9b::127.0.0.2]:" + port + "/",
                        "http://[2002:7f00:2::]:" + port + "/",
                        "http://user:word@127.0.0.2:" + port + "/",
                        "http://0.0.0.0:" + port + "/",
                        "http://localhost:" + port + "/",
                        "http://169.254.169.254/latest/meta-data/");
        try (Fetcher fetcher = new Fetcher(settings())) {
            for (String address : written) {
                Fetched fetched = get(fetcher, WebAddress.parse(address).orElseThrow());
                assertTrue(
                        Set.of(FetchFault.REFUSED_ADDRESS, FetchFault.BAD_ADDRESS)
                                .contains(fault(fetched)),
                        () -> address + ": " + fetched);
            }
        }
        assertEquals(0, canary.connections());
    }

    @Test
    void aNameThatChangesItsAddressIsHeldToTheOneThatWasChecked() {
        AtomicInteger asked = new AtomicInteger();
        NameCache.Lookup rebinding =
                name ->
                        new InetAddress[] {
                            asked.getAndIncrement() == 0
                                    ? InetAddress.getByName("127.0.0.1")
                                    : InetAddress.getByName("127.0.0.2")
                        };
        FetchSettings settings = settings();
        try (Fetcher fetcher = new Fetcher(settings, rebinding)) {
            URI first = URI.create("http://rebinding.test:" + server.port() + "/image/1");
            URI second = URI.create("http://rebinding.test:" + canary.port() + "/");
            assertInstanceOf(Fetched.Body.class, get(fetcher, first));
            assertEquals(FetchFault.REFUSED_ADDRESS, fault(get(fetcher, second)));
        }
        try (Fetcher fetcher = new Fetcher(settings, rebinding)) {
            URI second = URI.create("http://rebinding.test:" + canary.port() + "/");
            assertEquals(FetchFault.REFUSED_ADDRESS, fault(get(fetcher, second)));
        }
        assertEquals(0, canary.connections());
    }

    @Test
    void connectsToTheOpenAddressOfANameThatAlsoHasAPrivateOne() {
        NameCache.Lookup both =
                name ->
                        new InetAddress[] {
                            InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")
                        };
        try (Fetcher fetcher = new Fetcher(settings(), both)) {
            URI address = URI.create("http://two.test:" + server.port() + "/image/1");
            assertInstanceOf(Fetched.Body.class, get(fetcher, address));
        }
    }

    @Test
    void neverOpensMoreConnectionsToAHostThanAllowed() {
        server.delay(20);
        FetchSettings settings = settings().with(new FetchSettings.Connections(32, 3, 0));
        try (Fetcher fetcher = new Fetcher(settings)) {
            fetchAll(fetcher, 30, n -> server.address(Behaviour.IMAGE, n));
        }
        assertEquals(3, server.mostAtATime());
        assertTrue(server.connections() <= 4, "connections are used again");
    }

    @Test
    void aSlowHostDoesNotHoldUpTheOthers() {
        NameCache.Lookup local = name -> new InetAddress[] {InetAddress.getByName("127.0.0.1")};
        FetchSettings settings =
                settings()
                        .with(new FetchSettings.Connections(4, 2, 0))
                        .with(
                                new Deadlines(
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(60),
                                        Duration.ofSeconds(60)));
        try (Fetcher fetcher = new Fetcher(settings, local)) {
            List<CompletableFuture<Fetched>> slow = new ArrayList<>();
            for (int n = 0; n < 20; n++) {
                slow.add(fetcher.fetch(at("slow.test", Behaviour.SILENT.path(n))));
            }
            fetchAll(fetcher, 20, n -> at("quick.test", Behaviour.IMAGE.path(n)));
            assertTrue(slow.stream().noneMatch(CompletableFuture::isDone));
        }
    }

    @Test
    void givesUpAHostThatFailsManyTimesInARow() {
        AtomicInteger lookups = new AtomicInteger();
        NameCache.Lookup none =
                name -> {
                    lookups.incrementAndGet();
                    throw new UnknownHostException(name);
                };
        FetchSettings settings = settings().with(new FetchSettings.Connections(8, 2, 5));
        settings = settings.with(new FetchSettings.Manners("minigpt4j", false, Set.of()));
        try (Fetcher fetcher = new Fetcher(settings, none)) {
            int givenUp = 0;
            for (int n = 0; n < 20; n++) {
                Fetched fetched = get(fetcher, at("gone.test", "/" + n));
                assertEquals(FetchFault.DNS, fault(fetched));
                if (((Fetched.Failure) fetched).detail().startsWith("given up")) {
                    givenUp++;
                }
            }
            assertEquals(15, givenUp);
        }
        assertEquals(1, lookups.get(), "a failure is kept, too");
    }

    /** A resolver that says "later" is no reason to lose a pair, or to remember it. */
    @Test
    void asksABusyResolverAgain() {
        AtomicInteger lookups = new AtomicInteger();
        NameCache.Lookup busyOnce =
                name -> {
                    if (lookups.getAndIncrement() == 0) {
                        throw new UnknownHostException(
                                name + ": Temporary failure in name resolution");
                    }
                    return new InetAddress[] {InetAddress.getByName("127.0.0.1")};
                };
        FetchSettings settings =
                settings().with(new FetchSettings.Manners("minigpt4j", false, Set.of()));
        try (Fetcher fetcher = new Fetcher(settings, busyOnce)) {
            Fetched fetched = get(fetcher, at("busy.test", "/image/1"));
            assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
        }
    }

    @Test
    void aLookUpWithoutAnAnswerInTimeIsAFaultThatMayPass() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        NameCache.Lookup slow =
                name -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw new UnknownHostException(name);
                };
        Duration moment = Duration.ofMillis(50);
        FetchSettings settings =
                settings()
                        .with(new Deadlines(moment, moment, moment))
                        .with(new FetchSettings.Manners("minigpt4j", false, Set.of()));
        try (Fetcher fetcher = new Fetcher(settings, slow)) {
            FetchFault fault = fault(get(fetcher, at("slow.test", "/image/1")));
            assertEquals(FetchFault.DNS_TIMEOUT, fault);
            assertTrue(fault.passing());
        } finally {
            end.countDown();
        }
    }

    @Test
    void anErrorCostsTheAddressThatProvokedIt() {
        NameCache.Lookup broken =
                name -> {
                    if (name.equals("any.test")) {
                        throw new StackOverflowError("made up");
                    }
                    return InetAddress.getAllByName(name);
                };
        for (boolean robots : new boolean[] {false, true}) {
            FetchSettings settings =
                    settings().with(new FetchSettings.Manners("minigpt4j", robots, Set.of()));
            try (Fetcher fetcher = new Fetcher(settings, broken)) {
                Fetched.Failure failure =
                        assertInstanceOf(
                                Fetched.Failure.class, get(fetcher, at("any.test", "/image/1")));
                assertEquals(FetchFault.INTERNAL, failure.fault());
                assertTrue(failure.detail().contains("StackOverflowError"), failure.detail());
                assertInstanceOf(
                        Fetched.Body.class, get(fetcher, server.address(Behaviour.IMAGE, 1)));
            }
        }
    }

    @Test
    void obeysRobotsTxtByOurNameAndAsksForItOnce() {
        server.robotsTxt("User-agent: minigpt\nDisallow: /image/1\n\nUser-agent: *\nDisallow: /\n");
        try (Fetcher fetcher = new Fetcher(settings())) {
            for (int n = 10; n < 20; n++) {
                assertEquals(
                        FetchFault.ROBOTS, fault(get(fetcher, server.address(Behaviour.IMAGE, n))));
            }
            Fetched other = get(fetcher, server.address(Behaviour.IMAGE, 2));
            assertInstanceOf(Fetched.Body.class, other);
        }
        assertEquals(1, server.hits("/robots.txt"));
        assertEquals(0, server.hits(Behaviour.IMAGE.path(10)));
        assertTrue(server.userAgent(Behaviour.IMAGE.path(2)).startsWith("minigpt4j ("));
    }

    @Test
    void ignoresRobotsWhenToldTo() {
        server.robotsTxt("User-agent: *\nDisallow: /\n");
        FetchSettings settings =
                settings().with(new FetchSettings.Manners("minigpt4j", false, Set.of()));
        try (Fetcher fetcher = new Fetcher(settings)) {
            Fetched fetched = get(fetcher, server.address(Behaviour.NOAI, 1));
            assertInstanceOf(Fetched.Body.class, fetched);
        }
        assertEquals(0, server.hits("/robots.txt"));
    }

    @Test
    void aPlainServerUnderHttpsIsATlsFault() {
        FetchSettings settings =
                settings().with(new FetchSettings.Manners("minigpt4j", false, Set.of()));
        try (Fetcher fetcher = new Fetcher(settings)) {
            URI address = URI.create("https://" + server.hostAndPort() + "/image/1");
            assertEquals(FetchFault.TLS, fault(get(fetcher, address)));
        }
    }

    @Test
    void closingEndsWhatIsUnderWay() {
        Fetcher fetcher = new Fetcher(settings());
        List<CompletableFuture<Fetched>> all = new ArrayList<>();
        for (int n = 0; n < 50; n++) {
            all.add(fetcher.fetch(server.address(Behaviour.SILENT, n)));
        }
        fetcher.close();
        for (CompletableFuture<Fetched> one : all) {
            one.orTimeout(10, TimeUnit.SECONDS).join();
        }
    }

    private URI at(String host, String path) {
        return URI.create("http://" + host + ":" + server.port() + path);
    }

    private interface Place {
        URI of(int number);
    }

    private static void fetchAll(Fetcher fetcher, int count, Place place) {
        List<CompletableFuture<Fetched>> all = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            all.add(fetcher.fetch(place.of(n)));
        }
        for (CompletableFuture<Fetched> one : all) {
            Fetched fetched = one.orTimeout(30, TimeUnit.SECONDS).join();
            assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
        }
    }
}
