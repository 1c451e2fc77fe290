package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.cli.Main;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Kills drivers and executors again and again on a real two-worker cluster and runs the same
 * command again, until all is done. {@code -Dminigpt4j.kills=N} kills N times, {@code
 * -Dminigpt4j.seed=S} repeats the choices; docs/prepare.md has the command.
 */
class PrepareKillIT {

    private static final int KILLS = Integer.getInteger("minigpt4j.kills", 1);
    private static final int PER_SHARD = 25;
    private static final int PAIRS = PER_SHARD * Math.max(8, 6 * KILLS);

    private static final long MINUTES = 15 + 3L * KILLS;
    private final long start = System.nanoTime();

    /** Nanoseconds between two looks at what there is. */
    private static final long LOOK = 500_000;

    @TempDir private Path temp;

    @Test
    void afterManyKillsEachAcceptedPictureIsThereOnce() throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        System.out.println("PrepareKillIT: seed " + seed + ", " + KILLS + " kills");
        Random random = new Random(seed);
        try (MisbehavingServer server =
                        new MisbehavingServer(0, URI.create("http://127.0.0.1:1/"));
                StandaloneCluster cluster = new StandaloneCluster(temp.resolve("spark"), 2)) {
            server.delay(30);
            List<String> urls = urls(server);
            List<String> command = command(urls, server, cluster);
            int drivers = 0;
            int executors = 0;
            Process process = start(command);
            // While the list is drawn: before, between and after the plans of shards.
            while (process.isAlive() && !Files.exists(temp.resolve("out/web/_plan"))) {
                pause(process);
            }
            LockSupport.parkNanos(random.nextInt(2_000) * 1_000_000L);
            process.destroyForcibly().waitFor();
            process = start(command);
            while (drivers + executors < KILLS) {
                // Somewhere in the next shards: any moment between two files of one, or within.
                long target = files() + 1 + random.nextInt(12);
                while (process.isAlive() && files() < target) {
                    pause(process);
                }
                LockSupport.parkNanos(random.nextInt(100_000_000));
                assertTrue(process.isAlive(), "done before the last kill: " + log());
                // By turns, beginning with an executor.
                if (executors <= drivers) {
                    Optional<ProcessHandle> executor = cluster.executor();
                    while (executor.isEmpty()) {
                        assertTrue(process.isAlive(), "done before the last kill: " + log());
                        pause(process);
                        executor = cluster.executor();
                    }
                    executor.get().destroyForcibly();
                    executors++;
                } else {
                    process.destroyForcibly().waitFor();
                    drivers++;
                    process = start(command);
                }
            }
            while (process.isAlive()) {
                pause(process);
            }
            assertEquals(0, process.waitFor(), log());

            PreparedFolder folder =
                    PreparedFolder.read(temp.resolve("out/web").toString(), Map.of());
            assertEquals(PAIRS, folder.rows.size());
            Set<String> addresses = new TreeSet<>();
            Set<String> hashes = new HashSet<>();
            for (PairRow row : folder.rows.values()) {
                assertTrue(addresses.add(row.url()), row.url() + " comes twice");
                boolean missing = row.url().contains("/missing/");
                assertEquals(missing, row.status() == PairRow.Status.FAILED_TO_DOWNLOAD, "" + row);
                assertTrue(!row.isSuccess() || hashes.add(row.sha256()), "comes twice: " + row);
            }
            assertEquals(new TreeSet<>(urls), addresses);
            // Every fifth picture has two addresses, every tenth address leads nowhere.
            Set<String> pictures = new HashSet<>();
            urls.stream()
                    .filter(url -> !url.contains("/missing/"))
                    .forEach(url -> pictures.add(url.substring(url.lastIndexOf('/'))));
            assertEquals(pictures.size(), hashes.size());
            System.out.printf(
                    "PrepareKillIT: killed %d executors and %d drivers; %d pairs, %d pictures in"
                            + " %d shards, no difference%n",
                    executors,
                    drivers,
                    folder.rows.size(),
                    folder.pictures.size(),
                    folder.manifest.getAsJsonArray("shards").size());
        }
    }

    /** Waits a moment; a process that does not come to its end is ended, and what it said told. */
    private void pause(Process process) throws IOException {
        if (System.nanoTime() - start > MINUTES * 60_000_000_000L) {
            process.destroyForcibly();
            fail("not done after %d minutes: %s".formatted(MINUTES, log()));
        }
        LockSupport.parkNanos(LOOK);
    }

    private static List<String> urls(MisbehavingServer server) {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            boolean missing = i % 10 == 3;
            boolean second = i % 5 == 0 && i > 0;
            Behaviour behaviour =
                    missing ? Behaviour.MISSING : second ? Behaviour.GZIP : Behaviour.IMAGE;
            urls.add(server.address(behaviour, second && !missing ? i - 1 : i).toString());
        }
        return urls;
    }

    private List<String> command(
            List<String> urls, MisbehavingServer server, StandaloneCluster cluster)
            throws IOException {
        PrepareYaml.of(
                temp,
                PrepareYaml.json(temp.resolve("list.json"), urls),
                temp.resolve("out").toString(),
                server.hostAndPort());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(TestProcess.SHORT_LIVED.split(" ")));
        command.addAll(List.of("-Xmx700m", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "prepare", "--master", cluster.master()));
        Map<String, String> conf = new java.util.TreeMap<>(PrepareYaml.local());
        conf.putAll(StandaloneCluster.application());
        conf.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
        command.addAll(List.of("--options", "prepare.samples_per_shard=" + PER_SHARD));
        return command;
    }

    private Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(temp.resolve("log").toFile()));
        return TestProcess.start(builder);
    }

    private String log() throws IOException {
        return Files.readString(temp.resolve("log"));
    }

    /** Files of shards, finished or not. */
    private long files() throws IOException {
        Path out = temp.resolve("out/web");
        if (!Files.isDirectory(out)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(out)) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
