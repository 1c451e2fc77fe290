package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.fetch.MisbehavingServer;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A preparation on a Spark standalone cluster of two workers. */
@Timeout(1800)
class PrepareClusterIT {

    @TempDir private Path temp;

    @Test
    @Tag("soak")
    void twoWorkersMakeWhatThisMachineMakesAlone() throws Exception {
        try (MisbehavingServer server =
                        new MisbehavingServer(0, URI.create("http://127.0.0.1:1/"));
                StandaloneCluster cluster = new StandaloneCluster(temp.resolve("spark"), 2)) {
            List<String> urls = ScriptedPreparation.mixed(server, 300);
            Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
            run(config(list, "cluster", server), cluster);
            PrepareYaml.run(config(list, "alone", server));
            PreparedFolder made = PreparedFolder.read(temp + "/cluster/web", Map.of());
            PreparedFolder alone = PreparedFolder.read(temp + "/alone/web", Map.of());
            assertEquals(300, made.rows.size());
            assertEquals(180, made.pictures.size());
            assertEquals(alone.rows, made.rows);
            assertEquals(alone.manifest, made.manifest, "the same bytes, by their hashes");
        }
    }

    @Test
    void everyPairIsAccountedForByCauseOnTwoWorkers() throws Exception {
        try (EveryBehaviour web = new EveryBehaviour();
                StandaloneCluster cluster = new StandaloneCluster(temp.resolve("spark"), 2)) {
            run(web.config(temp, temp + "/cluster"), cluster);
            web.check(PreparedFolder.read(temp + "/cluster/web", Map.of()));
            assertEquals(2, cluster.workersUsed(), "workers that took part");
        }
    }

    private static void run(PrepareConfig config, StandaloneCluster cluster) {
        Map<String, String> options = new HashMap<>(PrepareYaml.local());
        options.putAll(StandaloneCluster.application());
        Preparation.run(config, Optional.of(cluster.master()), options, PrepareYaml.QUIET);
    }

    private PrepareConfig config(Path list, String output, MisbehavingServer server)
            throws Exception {
        return PrepareYaml.of(temp, list, temp.resolve(output).toString(), server.hostAndPort());
    }
}
