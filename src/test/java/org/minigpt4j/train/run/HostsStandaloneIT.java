package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.prepare.SparkDistribution;
import org.minigpt4j.prepare.StandaloneCluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code launch/spark/standalone train} on a master and workers that have none of our jars, one of
 * which is killed with the host that it started.
 */
@Timeout(600)
@Tag("soak")
class HostsStandaloneIT {

    @TempDir private Path temp;

    @Test
    void aWorkerThatIsKilledWithItsHostCostsNoBit() throws Exception {
        Path home = SparkDistribution.in(temp.resolve("home"));
        HostRuns runs = new HostRuns(temp, 20);
        try (StandaloneCluster cluster = new StandaloneCluster(home, 2)) {
            HostRuns.Run run = runs.start("killed", 2, cluster.master(), Map.of());
            run.awaitSteps(2);
            Process worker = cluster.workers().get(0);
            List<ProcessHandle> below = HostRuns.executors(worker.toHandle());
            assertTrue(below.size() == 1, below::toString);
            worker.destroyForcibly().waitFor();
            below.forEach(ProcessHandle::destroyForcibly);
            run.assertSame();
            assertTrue(run.log().contains(", while "), () -> "nobody was lost\n" + run.log());
        }
    }

    /** Slurm's commands are played by scripts: two nodes, which are both this machine. */
    @Test
    void aSlurmAllocationBecomesAClusterAndEndsWithTheRun() throws Exception {
        Path bin = Files.createDirectories(temp.resolve("bin"));
        command(
                bin.resolve("scontrol"),
                "[[ $* == 'show hostnames n[1-2]' ]] && echo n1 && echo n2");
        command(
                bin.resolve("srun"),
                "trap 'kill $(jobs -p)' TERM; while [[ $1 == --* ]]; do shift 2; done;"
                        + " for i in 1 2; do \"$@\" & done; wait");
        HostRuns runs = new HostRuns(temp, 10);
        Map<String, String> environment =
                Map.of(
                        "PATH", bin + ":" + System.getenv("PATH"),
                        "SLURM_JOB_ID", "" + ProcessHandle.current().pid(),
                        "SLURM_JOB_NODELIST", "n[1-2]",
                        "SLURMD_NODENAME", "127.0.0.1",
                        "SLURM_CPUS_ON_NODE", "1",
                        "SPARK_LOG_DIR", temp.resolve("logs").toString(),
                        "WORKER_MEMORY", "1g");
        HostRuns.Run run = runs.start("launch/spark/slurm", environment, "slurm", 2, Map.of());
        run.awaitSteps(1);
        List<ProcessHandle> below = run.process().descendants().toList();
        assertTrue(below.size() > 5, below::toString);
        run.assertSame();
        assertTrue(run.log().contains("a worker on each of: n1 n2"), run::log);
        for (ProcessHandle process : below) {
            process.onExit().get();
        }
    }

    private static void command(Path file, String words) throws IOException {
        Files.writeString(file, "#!/bin/bash\n" + words + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }
}
