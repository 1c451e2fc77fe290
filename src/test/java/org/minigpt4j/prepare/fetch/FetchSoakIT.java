package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.image.PicturePreparer;
import org.minigpt4j.image.PictureSettings;
import org.minigpt4j.image.Prepared;
import org.minigpt4j.io.web.Deadlines;
import org.minigpt4j.io.web.FetchFault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Many links at once, one in three of them bad in some way; {@code -Dminigpt4j.links=N} sets how
 * many.
 */
class FetchSoakIT {

    private static final int LINKS = Integer.getInteger("minigpt4j.links", 200);
    private static final int MAX_BYTES = 1 << 20;
    private static final String SLOW = "too slow";

    private record Link(Behaviour behaviour, int number) {}

    @Test
    void everyLinkIsAccountedForAndNoPrivateAddressTouched() throws Exception {
        try (Canary canary = new Canary("127.0.0.2");
                MisbehavingServer server = new MisbehavingServer(0, canary.address());
                Fetcher fetcher = new Fetcher(settings(server))) {
            List<Link> links = links();
            List<CompletableFuture<Fetched>> answers = new ArrayList<>();
            for (Link link : links) {
                answers.add(fetcher.fetch(server.address(link.behaviour(), link.number())));
            }
            PicturePreparer preparer = new PicturePreparer(PictureSettings.defaults());
            Map<String, Integer> expected = new HashMap<>();
            Map<String, Integer> found = new HashMap<>();
            int late = 0; // on a busy machine a few are, whatever the server does
            for (int i = 0; i < links.size(); i++) {
                Behaviour behaviour = links.get(i).behaviour();
                Fetched fetched = answers.get(i).orTimeout(240, TimeUnit.SECONDS).join();
                String cause = cause(fetched, preparer);
                if (cause.equals(SLOW) && !cause(behaviour).equals(SLOW)) {
                    late++;
                    continue;
                }
                expected.merge(behaviour + ": " + cause(behaviour), 1, Integer::sum);
                found.merge(behaviour + ": " + cause, 1, Integer::sum);
            }
            assertTrue(late < LINKS / 20, late + " answers came too late");
            assertEquals(expected, found);
            assertEquals(0, canary.connections());
            assertEquals(1, server.hits("/robots.txt"));
            long bad = links.stream().filter(link -> !link.behaviour().givesPicture()).count();
            assertTrue(
                    fetcher.received() < 2 * bad * (MAX_BYTES + (64L << 10)) + LINKS * 50_000L,
                    () -> fetcher.received() + " bytes");
        }
    }

    /** {@link Behaviour#BUSY} is left out: after it the host would be left alone. */
    private static List<Link> links() {
        List<Link> links = new ArrayList<>();
        List<Behaviour> bad = new ArrayList<>(List.of(Behaviour.values()));
        bad.remove(Behaviour.BUSY);
        for (int i = 0; i < LINKS; i++) {
            Behaviour behaviour = i % 3 == 0 ? bad.get(i / 3 % bad.size()) : Behaviour.IMAGE;
            links.add(new Link(behaviour, i));
        }
        Collections.shuffle(links, new Random(7));
        return links;
    }

    private static FetchSettings settings(MisbehavingServer server) {
        return FetchSettings.defaults()
                .with(new FetchSettings.Connections(64, 64, 0))
                .with(
                        new Deadlines(
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10)))
                .with(new FetchSettings.Retries(2, Duration.ofMillis(10), Duration.ofSeconds(1)))
                .with(new FetchSettings.Limits(MAX_BYTES, 5))
                .allowing(Set.of(server.hostAndPort()));
    }

    private static String cause(Behaviour behaviour) {
        if (behaviour.fault().isPresent()) {
            return name(behaviour.fault().get());
        }
        return switch (behaviour) {
            case EMPTY -> "image is empty";
            case HUGE -> "image has too many pixels";
            case HALF, DISGUISED -> "image decoding error";
            default -> "picture";
        };
    }

    private static String cause(Fetched fetched, PicturePreparer preparer) {
        if (fetched instanceof Fetched.Failure failure) {
            return name(failure.fault());
        }
        Prepared prepared = preparer.prepare(((Fetched.Body) fetched).bytes());
        return prepared instanceof Prepared.Rejected rejected ? rejected.reason() : "picture";
    }

    /** On a busy machine either deadline may come first; {@link FetcherTest} tells them apart. */
    private static String name(FetchFault fault) {
        return switch (fault) {
            case FIRST_BYTE_TIMEOUT, BODY_TIMEOUT -> SLOW;
            default -> fault.name();
        };
    }
}
