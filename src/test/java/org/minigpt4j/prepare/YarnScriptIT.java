package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.HdfsServer;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** {@code launch/spark/yarn} on a real resource manager and node manager, with data on HDFS. */
@Tag("soak")
@Timeout(600)
class YarnScriptIT {

    private static final List<String> NODES =
            List.of(
                    "--conf",
                    "spark.executorEnv.JAVA_HOME=" + System.getProperty("java.home"),
                    "--conf",
                    "spark.yarn.appMasterEnv.JAVA_HOME=" + System.getProperty("java.home"),
                    "--conf",
                    "spark.yarn.am.memory=512m",
                    "--conf",
                    "spark.yarn.am.extraJavaOptions=" + TestProcess.SHORT_LIVED,
                    "--conf",
                    "spark.yarn.submit.file.replication=1",
                    "--num-executors",
                    "1");

    @TempDir private static Path folder;

    private static HdfsServer hdfs;
    private static YarnCluster cluster;

    @TempDir private Path temp;
    private ScriptedPreparation preparation;

    @BeforeAll
    static void startCluster() throws Exception {
        hdfs = new HdfsServer(folder.resolve("hdfs"));
        cluster = new YarnCluster(folder.resolve("conf"), hdfs.address());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
        hdfs.close();
    }

    @BeforeEach
    void serve() throws IOException {
        preparation = new ScriptedPreparation(temp, hdfs.address() + "/" + temp.getFileName());
    }

    @AfterEach
    void stopServing() throws IOException {
        preparation.close();
    }

    @Test
    void anExecutorThatIsKilledIsReplacedAndTheShardsAreTheSame() throws Exception {
        preparation.slowly();
        Process script = start();
        await(script, () -> preparation.files() > 0 && cluster.executor().isPresent());
        ProcessHandle killed = cluster.executor().orElseThrow();
        assertTrue(killed.destroyForcibly());
        await(script, () -> cluster.executor().filter(other -> !other.equals(killed)).isPresent());
        assertEquals(0, script.waitFor(), preparation.log());
        preparation.checkAgainstThisMachine();
        assertEnds(RMAppState.FINISHED, FinalApplicationStatus.SUCCEEDED);
    }

    @Test
    void tooFewPicturesAreAFailureToYarnAsWell() throws Exception {
        assertEquals(1, start("prepare.budget=140").waitFor(), preparation.log());
        assertEnds(RMAppState.FINISHED, FinalApplicationStatus.FAILED);
    }

    @Test
    void aSignalEndsTheApplication() throws Exception {
        preparation.slowly();
        Process script = start();
        await(script, () -> preparation.files() > 0);
        script.destroy();
        assertEquals(143, script.waitFor(), preparation.log());
        await(null, () -> cluster.executor().isEmpty());
        await(
                null,
                () ->
                        cluster.application()
                                .map(RMApp::getState)
                                .equals(Optional.of(RMAppState.FINISHED)));
    }

    private Process start(String... options) throws IOException {
        return preparation.start(
                "yarn", cluster.environment(), "hdfs:///" + temp.getFileName(), NODES, options);
    }

    private void assertEnds(RMAppState state, FinalApplicationStatus status) throws Exception {
        await(null, () -> cluster.application().orElseThrow().getState() == state);
        assertEquals(status, cluster.application().orElseThrow().getFinalApplicationStatus());
    }

    /** Waits for something while a script, if one is named, lives. */
    private void await(Process script, Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            assertTrue(script == null || script.isAlive(), preparation.log());
            LockSupport.parkNanos(50_000_000);
        }
    }
}
