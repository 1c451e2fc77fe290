package org.minigpt4j.train;

import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An S3 server over a local folder, spoken to over HTTP with signed requests. */
class S3CheckpointsIT extends RemoteCheckpoints {

    @TempDir static Path disk;

    private static S3Proxy server;

    @BeforeAll
    static void start() throws Exception {
        Files.createDirectories(disk.resolve("bucket"));
        server =
                S3Proxy.builder()
                        .blobStore(new FilesystemNio2BlobStore(disk.toString()))
                        .endpoint(URI.create("http://127.0.0.1:0"))
                        .awsAuthentication(AuthenticationType.AWS_V4, "key", "secret")
                        .build();
        server.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    @Override
    String root() {
        return "s3a://bucket/checkpoints";
    }

    @Override
    Map<String, String> options() {
        return Map.of(
                "fs.s3a.endpoint", "http://127.0.0.1:" + server.getPort(),
                "fs.s3a.endpoint.region", "us-east-1",
                "fs.s3a.path.style.access", "true",
                "fs.s3a.connection.ssl.enabled", "false",
                "fs.s3a.access.key", "key",
                "fs.s3a.secret.key", "secret");
    }
}
