package org.minigpt4j.prepare;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

class PrepareHdfsIT extends RemotePreparation {

    @TempDir static Path disks;

    private static HdfsServer server;

    @BeforeAll
    static void start() throws IOException {
        server = new HdfsServer(disks);
    }

    @AfterAll
    static void stop() {
        server.close();
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
