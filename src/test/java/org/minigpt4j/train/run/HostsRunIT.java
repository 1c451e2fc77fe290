package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

/**
 * {@code launch/spark/standalone train} on a cluster of Spark's own in processes of this machine.
 */
@Timeout(300)
class HostsRunIT {

    @TempDir private Path temp;

    @Test
    void aHostThatIsKilledCostsNoStepAndNoBit() throws Exception {
        HostRuns runs = new HostRuns(temp, 10);
        HostRuns.Run run = runs.localCluster("killed", 2, Map.of());
        run.awaitSteps(2);
        HostRuns.executors(run.process().toHandle()).get(0).destroyForcibly();
        run.assertSame();
        assertTrue(run.log().contains(", while "), () -> "nobody was lost\n" + run.log());
    }
}
