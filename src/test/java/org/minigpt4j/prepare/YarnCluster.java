package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * A resource manager and a node manager, in this process; containers are processes of their own.
 */
final class YarnCluster implements AutoCloseable {

    private final MiniYARNCluster cluster;
    private final Path configuration;

    /**
     * Starts them.
     *
     * @param files the address of the cluster's file system
     */
    YarnCluster(Path folder, String files) throws Exception {
        Configuration conf = new YarnConfiguration();
        conf.set("fs.defaultFS", files);
        conf.setInt(YarnConfiguration.NM_PMEM_MB, 4096);
        conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 256);
        // What a capacity-scheduler.xml would say.
        conf.set("yarn.scheduler.capacity.root.queues", "default");
        conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
        conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
        // A JVM reserves more addresses than it uses, and a disk that is nearly full will do.
        conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
        conf.setFloat(YarnConfiguration.NM_MAX_PER_DISK_UTILIZATION_PERCENTAGE, 99.9f);
        cluster = new MiniYARNCluster("yarn-" + ProcessHandle.current().pid(), 1, 1, 1);
        cluster.init(conf);
        cluster.start();
        assertTrue(cluster.waitForNodeManagersToConnect(60_000), "the node did not register");
        configuration = Files.createDirectories(folder);
        Configuration core = new Configuration(false);
        core.set("fs.defaultFS", files);
        // Else a client sleeps 0.4 s behind each of 300 jars, if a data node reports late.
        core.setInt("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", 10);
        write(core, "core-site.xml");
        write(cluster.getConfig(), "yarn-site.xml");
    }

    private void write(Configuration conf, String name) throws IOException {
        try (OutputStream out = Files.newOutputStream(configuration.resolve(name))) {
            conf.writeXml(out);
        }
    }

    /** What a user sets to come here. */
    Map<String, String> environment() {
        return Map.of("HADOOP_CONF_DIR", configuration.toString());
    }

    /** A process that makes shards now, if there is one. */
    Optional<ProcessHandle> executor() {
        return ProcessHandle.current()
                .descendants()
                .filter(
                        process ->
                                process.info().command().orElse("").endsWith("java")
                                        && process.info()
                                                .commandLine()
                                                .orElse("")
                                                .contains("YarnCoarseGrainedExecutorBackend"))
                .findFirst();
    }

    /** The application that was submitted last. */
    Optional<RMApp> application() {
        Collection<RMApp> all = cluster.getResourceManager().getRMContext().getRMApps().values();
        return all.stream().max((a, b) -> Long.compare(a.getSubmitTime(), b.getSubmitTime()));
    }

    @Override
    public void close() {
        cluster.stop();
        FileUtil.fullyDelete(cluster.getTestWorkDir()); // a few hundred MB of jars
    }
}
