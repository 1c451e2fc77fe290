package org.minigpt4j;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

import java.io.IOException;
import java.nio.file.Path;

/** A name node and two data nodes, started for real. */
public final class HdfsServer implements AutoCloseable {

    private final MiniDFSCluster cluster;

    /** Starts them on {@code disks} and waits until they serve. */
    public HdfsServer(Path disks) throws IOException {
        cluster =
                new MiniDFSCluster.Builder(new Configuration(), disks.toFile())
                        .numDataNodes(2)
                        .build();
        cluster.waitActive();
    }

    /** The address of its root, without a slash at the end. */
    public String address() {
        return "hdfs://localhost:" + cluster.getNameNodePort();
    }

    @Override
    public void close() {
        cluster.shutdown();
    }
}
