package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A list of pictures among everything that servers do wrong, and what must have become of each.
 * {@code -Dminigpt4j.pictures=10000} makes it as large as docs/prepare.md tells of.
 */
final class EveryBehaviour implements AutoCloseable {

    private static final int PICTURES = Integer.getInteger("minigpt4j.pictures", 150);
    private static final long MAX_BYTES = 1 << 20;

    /** What the kernel may hold of a connection that the client has closed. */
    private static final long UNDER_WAY = 8 << 20;

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");

    private final MisbehavingServer secret = new MisbehavingServer(0, NOWHERE);
    private final MisbehavingServer hasty = new MisbehavingServer(0, NOWHERE);
    private final MisbehavingServer server = new MisbehavingServer(0, secret.address("/"));
    private final Map<String, Behaviour> behaviours = new TreeMap<>();
    private final long start = System.nanoTime();

    EveryBehaviour() {
        for (Behaviour behaviour : Behaviour.values()) {
            int count = behaviour == Behaviour.IMAGE ? PICTURES : Math.max(2, PICTURES / 200);
            for (int i = 0; i < count; i++) {
                // The server's pictures go by number.
                int number = behaviour.ordinal() * 100_000 + i;
                // Who asks for an hour's pause gets it for all of a host.
                String url =
                        behaviour == Behaviour.BUSY
                                ? "http://localhost:" + hasty.port() + behaviour.path(number)
                                : server.address(behaviour, number).toString();
                behaviours.put(url, behaviour);
            }
        }
    }

    /** A preparation of the list, which is written beside the output. */
    PrepareConfig config(Path folder, String output) throws IOException {
        List<String> urls = new ArrayList<>(behaviours.keySet());
        Collections.shuffle(urls, new Random(1));
        return PrepareYaml.of(
                folder,
                PrepareYaml.json(folder.resolve("list.json"), urls),
                output,
                server.hostAndPort(),
                "prepare.report=true",
                "prepare.samples_per_shard=" + Math.max(50, PICTURES / 20),
                "fetch.first_byte_timeout=3",
                "fetch.body_timeout=3",
                "fetch.allow_private=[\"%s\", \"%s\"]"
                        .formatted(server.hostAndPort(), hasty.hostAndPort()));
    }

    /** Each pair's row says what was done to it, and nothing was touched or sent beyond that. */
    void check(PreparedFolder folder) {
        assertEquals(behaviours.size(), folder.rows.size());
        long bad = 0;
        for (PairRow row : folder.rows.values()) {
            Behaviour behaviour = behaviours.get(row.url());
            String seen = row.url() + ": " + row;
            if (behaviour.fault().isPresent()) {
                bad++;
                assertEquals(PairRow.Status.FAILED_TO_DOWNLOAD, row.status(), seen);
                String cause = behaviour.fault().get().name().toLowerCase(Locale.ROOT);
                assertTrue(row.cause().startsWith(cause), seen);
            } else if (behaviour.givesPicture()) {
                assertTrue(row.isSuccess(), seen);
            } else {
                assertEquals(PairRow.Status.FAILED_TO_RESIZE, row.status(), seen);
            }
        }
        assertEquals(0, secret.connections(), "a private address was touched");
        // Each is tried twice at most; drawn pictures are small.
        long most = 2 * bad * (MAX_BYTES + UNDER_WAY) + behaviours.size() * 50_000L;
        assertTrue(server.sent() < most, server.sent() + " bytes sent");
        System.out.printf(
                Locale.ROOT,
                "EveryBehaviour: %d pairs, %d pictures in %d shards, %.1f MB sent, %.0f s%n",
                folder.rows.size(),
                folder.pictures.size(),
                folder.manifest.getAsJsonArray("shards").size(),
                server.sent() / 1e6,
                (System.nanoTime() - start) / 1e9);
    }

    @Override
    public void close() throws IOException {
        server.close();
        hasty.close();
        secret.close();
    }
}
