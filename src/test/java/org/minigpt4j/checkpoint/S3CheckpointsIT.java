package org.minigpt4j.checkpoint;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.S3Server;

import java.nio.file.Path;
import java.util.Map;

class S3CheckpointsIT extends RemoteCheckpoints {

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
        return server.address() + "/checkpoints";
    }

    @Override
    Map<String, String> options() {
        return server.options();
    }

    /** The ordinary build tries it on HDFS. */
    @Override
    @Test
    @Tag("soak")
    void aKilledRunGoesOnOnAnotherMachineWithTheSameBits() throws Exception {
        super.aKilledRunGoesOnOnAnotherMachineWithTheSameBits();
    }
}
