package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Whole preparations on this machine, from a server that does all that servers do wrong. */
class PrepareIT {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");

    @TempDir private Path temp;

    @Test
    void everyPairIsAccountedForByCause() throws Exception {
        try (EveryBehaviour web = new EveryBehaviour()) {
            PrepareSummary summary = PrepareYaml.run(web.config(temp, temp + "/out"));
            PreparedFolder folder = PreparedFolder.read(temp + "/out/web", Map.of());
            web.check(folder);
            assertEquals(folder.byCause(), summary.parts().get(0).byCause());
            assertTrue(Files.exists(temp.resolve("out/web/report.html")));
        }
    }

    @Test
    void theBudgetIsMetToTheSampleAndMayGrow() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                Behaviour behaviour = i % 3 == 0 ? Behaviour.MISSING : Behaviour.IMAGE;
                urls.add(server.address(behaviour, i).toString());
            }
            PrepareSummary first = PrepareYaml.run(config(urls, server, "prepare.budget=120"));
            assertEquals(120, first.parts().get(0).samples());
            PreparedFolder before = PreparedFolder.read(temp + "/out/web", Map.of());
            assertTrue(before.rows.size() < 250, before.rows.size() + " pairs tried");

            PrepareSummary second = PrepareYaml.run(config(urls, server, "prepare.budget=200"));
            assertEquals(200, second.parts().get(0).samples());
            PreparedFolder after = PreparedFolder.read(temp + "/out/web", Map.of());
            assertEquals(before.rows, after.rows.subMap("", before.rows.lastKey() + "~"));
            server.hits().forEach((path, hits) -> assertEquals(1, hits.get(), path));

            // The list in another order is the same list: the same pairs, the same bytes.
            Collections.shuffle(urls, new Random(7));
            PrepareYaml.run(
                    config(
                            urls,
                            server,
                            "prepare.budget=120",
                            "prepare.output=" + temp.resolve("again")));
            PreparedFolder again = PreparedFolder.read(temp + "/again/web", Map.of());
            assertEquals(addresses(before), addresses(again));
            UsageException changed =
                    assertThrows(
                            UsageException.class,
                            () -> PrepareYaml.run(config(urls, server, "prepare.seed=44")));
            assertTrue(changed.getMessage().contains("prepare.seed"), changed.getMessage());
        }
    }

    private static List<String> addresses(PreparedFolder folder) {
        return folder.rows.values().stream().filter(PairRow::isSuccess).map(PairRow::url).toList();
    }

    /** What a host asks for it asks of all tasks that run in one executor. */
    @Test
    void theTasksOfAnExecutorTreatAHostAsOne() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            server.delay(20);
            server.robotsTxt("User-agent: minigpt\nDisallow: /missing/\n");
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                Behaviour behaviour = i % 6 == 0 ? Behaviour.MISSING : Behaviour.IMAGE;
                urls.add(server.address(behaviour, i).toString());
            }
            PrepareYaml.run(
                    config(
                            urls,
                            server,
                            "fetch.robots_txt=true",
                            "fetch.connections_per_host=4",
                            "prepare.samples_per_shard=10"));
            PreparedFolder folder = PreparedFolder.read(temp + "/out/web", Map.of());
            assertEquals(6, folder.manifest.getAsJsonArray("shards").size());
            assertEquals(50, folder.pictures.size());
            for (PairRow row : folder.rows.values()) {
                assertTrue(row.isSuccess() || row.cause().startsWith("robots"), row.toString());
            }
            assertEquals(1, server.hits("/robots.txt"));
            assertTrue(server.mostAtATime() <= 4, server.mostAtATime() + " requests at a time");
        }
    }

    @Test
    void whatAMakerLeftThatWasKilledMeanwhileIsRemoved() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            Path left = temp.resolve("out/web/.00000.tar.6d1e.tmp");
            PrepareListener killer =
                    new PrepareListener() {
                        @Override
                        public void notice(String sentence) {}

                        @Override
                        public void progress(PrepareProgress now) {
                            try {
                                Files.writeString(left, "half");
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }
                    };
            List<String> urls = List.of(server.address(Behaviour.IMAGE, 0).toString());
            Preparation.run(
                    config(urls, server), Optional.of("local[2]"), PrepareYaml.local(), killer);
            PreparedFolder.read(temp + "/out/web", Map.of());
            assertFalse(Files.exists(left));
        }
    }

    @Test
    void equalPicturesAreKeptOnceAcrossShards() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                // Two addresses for each picture, and one address twice.
                urls.add(server.address(Behaviour.IMAGE, i).toString());
                urls.add(server.address(Behaviour.HOPS, i).toString());
            }
            urls.addAll(urls.subList(0, 20));
            AtomicReference<PrepareProgress> last = new AtomicReference<>();
            PrepareListener listener =
                    new PrepareListener() {
                        @Override
                        public void notice(String sentence) {}

                        @Override
                        public void progress(PrepareProgress now) {
                            last.set(now);
                        }
                    };
            Preparation.run(
                    config(urls, server), Optional.of("local[2]"), PrepareYaml.local(), listener);
            assertEquals(100, last.get().kept());
            assertEquals(200, last.get().tried(), "a shard that was made again counts once");
            PreparedFolder folder = PreparedFolder.read(temp + "/out/web", Map.of());
            assertEquals(Map.of("success", 100L, "duplicate", 100L), folder.byCause());
            Set<String> hashes = new HashSet<>();
            for (PairRow row : folder.rows.values()) {
                assertEquals(row.isSuccess(), hashes.add(row.sha256()), row.toString());
            }
            assertEquals(
                    20, folder.manifest.getAsJsonObject("list").get("same_address").getAsInt());
        }
    }

    @Test
    void failedDownloadsAreTriedAgainOnRequestAndNothingElseIs() throws Exception {
        List<String> urls = new ArrayList<>();
        PreparedFolder before;
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            for (int i = 0; i < 60; i++) {
                // FAILING_ONCE fails as often as it is new, and there is no second try.
                Behaviour behaviour = i % 2 == 0 ? Behaviour.FAILING_ONCE : Behaviour.IMAGE;
                urls.add(server.address(behaviour, i).toString());
            }
            PrepareYaml.run(config(urls, server, "fetch.retries=0"));
            before = PreparedFolder.read(temp + "/out/web", Map.of());
            assertEquals(30, before.pictures.size());
            PrepareYaml.run(config(urls, server, "fetch.retries=0"));
            server.hits().forEach((path, hits) -> assertEquals(1, hits.get(), path));
            PrepareYaml.run(config(urls, server, "fetch.retries=0", "prepare.retry_failed=true"));
            PreparedFolder after = PreparedFolder.read(temp + "/out/web", Map.of());
            assertEquals(60, after.pictures.size());
            before.pictures.forEach(
                    (key, picture) -> assertEquals(picture.length, after.pictures.get(key).length));
            server.hits()
                    .forEach(
                            (path, hits) ->
                                    assertEquals(
                                            path.startsWith("/failing") ? 2 : 1, hits.get(), path));
        }
    }

    private PrepareConfig config(List<String> urls, MisbehavingServer server, String... options)
            throws Exception {
        Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
        return PrepareYaml.of(
                temp, list, temp.resolve("out").toString(), server.hostAndPort(), options);
    }
}
