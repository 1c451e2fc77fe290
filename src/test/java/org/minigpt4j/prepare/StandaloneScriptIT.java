package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@code launch/spark/standalone} on a cluster of two workers that have none of our jars. */
@Timeout(600)
class StandaloneScriptIT {

    @TempDir private static Path spark;

    private static StandaloneCluster cluster;

    @TempDir private Path temp;

    @BeforeAll
    static void start() throws Exception {
        Path home = SparkDistribution.in(spark.resolve("home"));
        cluster = new StandaloneCluster(home, 2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void workersMakeWhatThisMachineMakesAlone() throws Exception {
        check(Map.of("MASTER", cluster.master()));
    }

    @Test
    @Tag("soak")
    void theSameBySparksOwnScript() throws Exception {
        String home = spark.resolve("home").toString();
        check(Map.of("MASTER", cluster.master(), "SPARK_HOME", home));
    }

    private void check(Map<String, String> environment) throws Exception {
        try (ScriptedPreparation preparation = new ScriptedPreparation(temp, temp.toString())) {
            Process script =
                    preparation.start("standalone", environment, temp.toString(), List.of());
            assertEquals(0, script.waitFor(), preparation.log());
            preparation.checkAgainstThisMachine();
        }
    }

    @Test
    @Tag("soak")
    void aMistakeInTheConfigurationEndsWithTwo() throws Exception {
        try (ScriptedPreparation preparation = new ScriptedPreparation(temp, temp.toString())) {
            Process script =
                    preparation.start(
                            "standalone",
                            Map.of("MASTER", cluster.master()),
                            temp.toString(),
                            List.of(),
                            "prepare.sed=44");
            assertEquals(2, script.waitFor(), preparation.log());
            assertTrue(preparation.log().contains("prepare.seed"), preparation.log());
        }
    }
}
