package org.minigpt4j;

import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An S3 server over a local folder, spoken to over HTTP with signed requests. */
public final class S3Server {

    private final S3Proxy server;

    /** Starts it with a bucket named {@code bucket}. */
    public S3Server(Path disk) throws Exception {
        Files.createDirectories(disk.resolve("bucket"));
        server =
                S3Proxy.builder()
                        .blobStore(new FilesystemNio2BlobStore(disk.toString()))
                        .endpoint(URI.create("http://127.0.0.1:0"))
                        .awsAuthentication(AuthenticationType.AWS_V4, "key", "secret")
                        .build();
        server.start();
    }

    /** The bucket's address, without a slash at the end. */
    public String address() {
        return "s3a://bucket";
    }

    /** What Hadoop must know to reach it. */
    public Map<String, String> options() {
        return Map.of(
                "fs.s3a.endpoint", "http://127.0.0.1:" + server.getPort(),
                "fs.s3a.endpoint.region", "us-east-1",
                "fs.s3a.path.style.access", "true",
                "fs.s3a.connection.ssl.enabled", "false",
                "fs.s3a.access.key", "key",
                "fs.s3a.secret.key", "secret");
    }

    /** Ends it. */
    public void stop() throws Exception {
        server.stop();
    }
}
