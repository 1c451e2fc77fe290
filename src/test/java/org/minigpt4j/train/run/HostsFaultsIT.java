package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Hosts of a local cluster in any number, killed, stopped and started again. */
@Timeout(600)
@Tag("soak")
class HostsFaultsIT {

    private static final int STEPS = 40;

    @TempDir private static Path temp;
    private static HostRuns runs;

    @BeforeAll
    static void alone() throws Exception {
        runs = new HostRuns(temp, STEPS);
    }

    @ParameterizedTest
    @CsvSource({"2, cpu x 1", "3, cpu x 1", "4, cpu x 1", "2, cpu x 2"})
    void anyNumberOfHostsGivesTheBitsOfOneProcess(int hosts, String devices) throws Exception {
        String output = hosts + devices.replace(' ', '_');
        runs.localCluster(output, hosts, Map.of("run.devices", devices)).assertSame();
    }

    @Test
    void fourHostsThreeOfWhichAreKilledOrStoppedGiveTheSameBits() throws Exception {
        HostRuns.Run run = runs.localCluster("four", 4, Map.of("run.host_silence", "5"));
        run.awaitSteps(3);
        List<ProcessHandle> executors = HostRuns.executors(run.process().toHandle());
        executors.get(0).destroyForcibly();
        run.awaitSteps(6);
        HostRuns.signal("STOP", executors.get(1));
        run.awaitSteps(9);
        executors.get(2).destroyForcibly();
        run.awaitSteps(12);
        HostRuns.signal("CONT", executors.get(1));
        run.assertSame();
    }

    /**
     * The sleepers find themselves outvoted and come back; what they have to tell is known by then
     * and is not taken twice. While there are too few hosts, the run waits.
     */
    @Test
    void hostsThatSleepForTwentySecondsRejoinAndWriteNothingTwice() throws Exception {
        HostRuns.Run run =
                runs.localCluster(
                        "asleep", 3, Map.of("run.min_hosts", "2", "run.host_silence", "5"));
        run.awaitSteps(3);
        List<ProcessHandle> sleepers = HostRuns.executors(run.process().toHandle()).subList(0, 2);
        HostRuns.signal("STOP", sleepers.get(0));
        long awake = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        run.awaitWords("said nothing for");
        run.awaitSteps(run.steps() + 2); // the others go on
        HostRuns.signal("STOP", sleepers.get(1));
        run.awaitWords("the run waits");
        assertTrue(run.steps() < STEPS, run::log);
        while (System.nanoTime() < awake) {
            run.process().waitFor(100, TimeUnit.MILLISECONDS);
        }
        String before = run.log();
        HostRuns.signal("CONT", sleepers.get(1));
        HostRuns.signal("CONT", sleepers.get(0));
        run.awaitAnother("joins the run", before);
        run.assertSame();
    }

    @Test
    void afterTheDriverIsKilledTheSameCommandGoesOn() throws Exception {
        Map<String, String> options = Map.of("run.checkpoint.steps", "4");
        HostRuns.Run run = runs.localCluster("driver", 2, options);
        run.awaitSteps(10);
        List<ProcessHandle> executors = HostRuns.executors(run.process().toHandle());
        assertFalse(executors.isEmpty());
        run.process().destroyForcibly().waitFor();
        HostRuns.Run again = runs.localCluster("driver", 2, options);
        again.assertSame();
        assertTrue(again.log().contains("resuming"), again::log);
        for (ProcessHandle executor : executors) {
            assertFalse(executor.isAlive(), "an executor outlived its driver");
        }
    }
}
