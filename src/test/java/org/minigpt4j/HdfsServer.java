package org.minigpt4j;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;
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

    /** From now on nobody but its owner may write into {@code folder}. */
    public void forbidWriting(String folder) throws IOException {
        cluster.getFileSystem()
                .setPermission(
                        new org.apache.hadoop.fs.Path(folder), new FsPermission((short) 0555));
    }

    @Override
    public void close() {
        cluster.shutdown();
    }
}
