package org.minigpt4j.checkpoint;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

class HdfsCheckpointsIT extends RemoteCheckpoints {

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
        return server.address() + "/checkpoints";
    }

    @Override
    Map<String, String> options() {
        return Map.of();
    }

    /** The ordinary build tries it on S3. */
    @Override
    @Test
    @Tag("soak")
    void whateverStorageCallFailsTheOldOrTheNewCheckpointIsWhole() {
        super.whateverStorageCallFailsTheOldOrTheNewCheckpointIsWhole();
    }
}
