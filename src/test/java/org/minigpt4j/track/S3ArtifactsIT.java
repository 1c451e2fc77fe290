package org.minigpt4j.track;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.S3Server;

import java.nio.file.Path;
import java.util.Map;

class S3ArtifactsIT extends RemoteArtifacts {

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

    /** MLflow's servers say s3, which is Hadoop's s3a. */
    @Override
    String root() {
        return server.address().replaceFirst("^s3a:", "s3:") + "/mlflow";
    }

    @Override
    Map<String, String> options() {
        return server.options();
    }
}
