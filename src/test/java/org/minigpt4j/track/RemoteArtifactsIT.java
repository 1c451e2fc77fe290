package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;
import org.minigpt4j.S3Server;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StubServer;

import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Artifacts of a server whose artifact store is a place that clients write to themselves. */
class RemoteArtifactsIT {

    private final ClassLoader loader = Thread.currentThread().getContextClassLoader();

    @TempDir private Path temp;

    @Test
    void aRunsFilesLieOnHdfs() throws Exception {
        try (HdfsServer hdfs = new HdfsServer(temp.resolve("disks"))) {
            filesLieWhereTheServerSays(hdfs.address() + "/mlflow", Map.of());
        }
    }

    @Test
    void aRunsFilesLieInS3() throws Exception {
        S3Server s3 = new S3Server(temp.resolve("disk"));
        try {
            // MLflow's servers say s3, which is Hadoop's s3a.
            String bucket = s3.address().replaceFirst("^s3a:", "s3:");
            filesLieWhereTheServerSays(bucket + "/mlflow", s3.options());
        } finally {
            s3.stop();
        }
    }

    /** {@code options} are what Hadoop must know to reach {@code root}. */
    private void filesLieWhereTheServerSays(String root, Map<String, String> options)
            throws Exception {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        Path projection = Files.write(temp.resolve("projection.safetensors"), large);
        Path first = Files.writeString(temp.resolve("first.html"), "first");
        Path second = Files.writeString(temp.resolve("second.html"), "second");
        try (StubServer server = new StubServer(() -> StubServer.Fault.NONE, 0)) {
            server.artifactRoot = root;
            putOnClassPath(options);
            TrackerSettings settings =
                    new TrackerSettings(
                            server.uri(),
                            "task",
                            "a run",
                            Duration.ofSeconds(60),
                            Duration.ZERO,
                            SpoolSenderTest.TOKEN);
            Tracker tracker = Tracker.open(temp.resolve("out"), settings, Optional.empty(), true);
            tracker.artifact("model/projection.safetensors", projection);
            tracker.artifact("a report.html", first);
            tracker.artifact("a report.html", second);
            tracker.register("projection", "model", Map.of("loss", "1.5"));
            tracker.end(RunStatus.FINISHED);
            tracker.close();
            assertEquals(Optional.empty(), tracker.complaint());

            String place = root + "/1/" + tracker.runId().orElseThrow() + "/artifacts";
            try (RemoteFiles files = new RemoteFiles(options)) {
                String hadoops = place.replaceFirst("^s3:", "s3a:");
                assertArrayEquals(large, read(files, hadoops + "/model/projection.safetensors"));
                assertEquals("second", new String(read(files, hadoops + "/a report.html")));
                assertEquals(
                        List.of("a report.html", "projection.safetensors"),
                        files.walk(hadoops).stream()
                                .map(entry -> entry.address().replaceAll(".*/", ""))
                                .sorted()
                                .toList());
            }
            assertEquals(place + "/model", server.versions.get(0).get("source").getAsString());
        }
    }

    /** As {@code HADOOP_CONF_DIR} does for the launch scripts. */
    private void putOnClassPath(Map<String, String> options) throws Exception {
        StringBuilder xml = new StringBuilder("<configuration>");
        options.forEach(
                (name, value) ->
                        xml.append(
                                "<property><name>%s</name><value>%s</value></property>"
                                        .formatted(name, value)));
        Path folder = Files.createDirectories(temp.resolve("hadoop"));
        Files.writeString(folder.resolve("core-site.xml"), xml + "</configuration>");
        Thread.currentThread()
                .setContextClassLoader(
                        new URLClassLoader(new URL[] {folder.toUri().toURL()}, loader));
    }

    @AfterEach
    void leaveClassPath() {
        Thread.currentThread().setContextClassLoader(loader);
    }

    private static byte[] read(RemoteFiles files, String address) throws Exception {
        try (InputStream in = files.read(address)) {
            return in.readAllBytes();
        }
    }
}
