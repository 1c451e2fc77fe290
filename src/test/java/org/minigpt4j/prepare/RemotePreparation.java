package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must hold for a list and shards at a far place, whatever serves them. */
@Timeout(900)
abstract class RemotePreparation {

    @TempDir private Path temp;

    /** A folder there, without a slash at its end. */
    abstract String root();

    /** How Hadoop gets there. */
    abstract Map<String, String> options();

    @Test
    void aFarListMakesFarShardsAndAShardThatIsUndoneIsMadeOfWhatIsThere() throws Exception {
        try (MisbehavingServer server =
                        new MisbehavingServer(0, URI.create("http://127.0.0.1:1/"));
                RemoteFiles files = new RemoteFiles(options())) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                Behaviour behaviour = i % 10 == 0 ? Behaviour.MISSING : Behaviour.IMAGE;
                urls.add(server.address(behaviour, i % 110).toString());
            }
            Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
            files.write(root() + "/list.json", Files.readAllBytes(list));
            PrepareConfig config =
                    PrepareYaml.of(
                            temp,
                            Path.of("list.json"),
                            root() + "/out",
                            server.hostAndPort(),
                            "sources.web.path=" + root() + "/list.json",
                            "prepare.report=true",
                            "prepare.tracking.uri=sqlite:///" + temp.resolve("mlflow.db"),
                            "prepare.tracking.folder=" + temp.resolve("spool"));
            Map<String, String> spark = new HashMap<>();
            options().forEach((key, value) -> spark.put("spark.hadoop." + key, value));
            PrepareYaml.run(config, spark);
            PreparedFolder first = PreparedFolder.read(root() + "/out/web", options());
            assertEquals(99, first.pictures.size());

            // As if the makers had been killed before their done marks, one before its table.
            files.delete(root() + "/out/web/00000_stats.json");
            files.delete(root() + "/out/web/00001_stats.json");
            files.delete(root() + "/out/web/00001.parquet");
            PrepareYaml.run(config, spark);
            PreparedFolder second = PreparedFolder.read(root() + "/out/web", options());
            assertEquals(first.rows, second.rows);
            try (RunCatalog catalog = PrepareTrackingIT.open(temp.resolve("mlflow.db"))) {
                assertEquals(1, catalog.runs().size(), "one run that went on");
                RunView run = catalog.runs().get(0);
                assertEquals(RunStatus.FINISHED, run.status());
                Path report = Path.of(run.artifactUri()).resolve("web/report.html");
                assertArrayEquals(
                        files.read(root() + "/out/web/report.html").readAllBytes(),
                        Files.readAllBytes(report));
            }
            server.hits()
                    .forEach(
                            (path, hits) -> {
                                if (path.startsWith("/image")) {
                                    assertEquals(1, hits.get(), path);
                                }
                            });
        }
    }
}
