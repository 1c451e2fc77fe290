package org.minigpt4j.prepare;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.S3Server;

import java.nio.file.Path;
import java.util.Map;

class PrepareS3IT extends RemotePreparation {

    @TempDir static Path disk;

    private static S3Server server;

    @BeforeAll
    static void start() throws Exception {
        server = new S3Server(disk);
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    @Override
    String root() {
        return server.address() + "/data";
    }

    @Override
    Map<String, String> options() {
        return server.options();
    }
}
