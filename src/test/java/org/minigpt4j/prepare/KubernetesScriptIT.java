package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code launch/spark/kubernetes}: Spark's own way to Kubernetes, whole, against an API server and
 * a node of the test's.
 */
@Tag("soak")
@Timeout(600)
class KubernetesScriptIT {

    @TempDir private Path temp;

    @Test
    void podsMakeWhatThisMachineMakesAlone() throws Exception {
        Path home = SparkDistribution.in(temp.resolve("spark"));
        Path logs = Files.createDirectories(temp.resolve("logs"));
        try (KubernetesCluster cluster = new KubernetesCluster(home, logs);
                ScriptedPreparation preparation = new ScriptedPreparation(temp, temp.toString())) {
            Process script =
                    preparation.start(
                            "kubernetes",
                            Map.of("MASTER", cluster.master(), "SPARK_IMAGE", "spark:test"),
                            temp.toString(),
                            List.of("--num-executors", "2"));
            assertEquals(0, script.waitFor(), preparation.log());
            preparation.checkAgainstThisMachine();
            assertEquals(2, cluster.started(), "one process a pod");
            while (cluster.running()) {
                LockSupport.parkNanos(50_000_000);
            }
            assertEquals(List.of(), cluster.pods(), "the driver takes its pods along");
        }
    }
}
