package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class HdfsDataIT extends RemoteShards {

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

    @Test
    void anIndexThatMayNotBeWrittenBesideItsShardIsKeptInTheCache() throws Exception {
        Path near = nearShards();
        String far = root() + "/forbidden";
        upload(near, far);
        server.forbidWriting(far);
        List<String> expected = batches(settings(near.toString(), "near", 1 << 30));
        UserGroupInformation reader = UserGroupInformation.createRemoteUser("reader");
        for (String run : List.of("first", "second")) {
            assertEquals(expected, asReader(reader, far), run);
        }
        try (RemoteFiles files = new RemoteFiles(options());
                Stream<Path> kept = Files.list(folder.resolve("cache/shard-index"))) {
            assertEquals(List.of(), files.glob(far + "/*.index"));
            assertEquals(6, kept.count());
        }
    }

    private List<String> asReader(UserGroupInformation reader, String far) throws Exception {
        return reader.doAs(
                (PrivilegedExceptionAction<List<String>>)
                        () -> batches(settings(far, "cache", 1 << 30)));
    }

    @Override
    String root() {
        return server.address() + "/data";
    }

    @Override
    Map<String, String> options() {
        return Map.of();
    }
}
