package org.minigpt4j.train;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A name node and two data nodes, started for real. */
class HdfsCheckpointsIT extends RemoteCheckpoints {

    @TempDir static Path disks;

    private static MiniDFSCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster =
                new MiniDFSCluster.Builder(new Configuration(), disks.toFile())
                        .numDataNodes(2)
                        .build();
        cluster.waitActive();
    }

    @AfterAll
    static void stop() {
        cluster.shutdown();
    }

    @Override
    String root() {
        return "hdfs://localhost:" + cluster.getNameNodePort() + "/checkpoints";
    }

    @Override
    Map<String, String> options() {
        return Map.of();
    }
}
