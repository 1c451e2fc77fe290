package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;
import org.minigpt4j.config.PrepareConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class PrepareHdfsIT extends RemotePreparation {

    @TempDir static Path disks;
    @TempDir private Path here;

    private static HdfsServer server;

    @BeforeAll
    static void start() throws IOException {
        server = new HdfsServer(disks);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aFolderHereHasItsReportWhereHadoopsOwnFilesAreFar() throws Exception {
        Path list = PrepareYaml.json(here.resolve("list.json"), List.of("http://127.0.0.1:1/a"));
        PrepareConfig config =
                PrepareYaml.of(
                        here,
                        list,
                        here.resolve("out").toString(),
                        "127.0.0.1:1",
                        "prepare.report=true");
        PrepareYaml.run(config, Map.of("spark.hadoop.fs.defaultFS", server.address()));
        assertTrue(Files.exists(here.resolve("out/web/report.html")));
    }

    @Override
    String root() {
        return "hdfs:///data"; // of the host that core-site.xml names
    }

    @Override
    Map<String, String> options() {
        return Map.of("fs.defaultFS", server.address());
    }
}
