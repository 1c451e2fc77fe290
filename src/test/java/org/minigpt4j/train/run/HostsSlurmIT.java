package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * {@code launch/spark/slurm train} under a Slurm of this test's own, whose two nodes are both this
 * machine. Their names are none that resolve, as on clusters where only addresses do.
 */
@Timeout(900)
@Tag("soak")
class HostsSlurmIT {

    private static final List<String> COMMANDS =
            List.of("munged", "slurmctld", "slurmd", "sbatch", "sinfo");
    private static final List<String> NODES = List.of("node-one", "node-two");

    @TempDir private Path temp;
    private final List<Process> daemons = new ArrayList<>();

    @BeforeEach
    void requireSlurm() {
        for (String command : COMMANDS) {
            boolean there =
                    Stream.of(System.getenv("PATH").split(":"))
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
            assumeTrue(there, "no Slurm on this machine: no command " + command);
        }
        boolean root = System.getProperty("user.name").equals("root");
        assumeTrue(root, "no Slurm on this machine: slurmd runs as root only");
    }

    @AfterEach
    void end() throws Exception {
        for (Process daemon : daemons) {
            daemon.descendants().forEach(ProcessHandle::destroyForcibly);
            daemon.destroyForcibly().waitFor();
        }
    }

    @Test
    void anAllocationTrainsWithTheBitsOfOneProcess() throws Exception {
        Path conf = configuration();
        daemon(
                "munged",
                "--foreground",
                "--force",
                "--key-file=" + key(),
                munge("socket"),
                munge("pid-file"),
                munge("seed-file"));
        daemon("slurmctld", "-D", "-f", conf.toString());
        for (String node : NODES) {
            daemon("slurmd", "-D", "-N", node, "-f", conf.toString());
        }
        awaitIdle(conf);
        HostRuns runs = new HostRuns(temp, 10);
        Path job = temp.resolve("job");
        Files.writeString(
                job,
                """
                #!/bin/bash
                set -euo pipefail
                { echo '#!/bin/bash'; printf 'exec launch/spark/slurm'; printf ' %%q' "$@"; } >%1$s.sh
                code=0
                sbatch --quiet --wait --nodes 2 --export ALL --output %1$s.out %1$s.sh || code=$?
                cat %1$s.out
                exit $code
                """
                        .formatted(job));
        assertTrue(job.toFile().setExecutable(true));
        Map<String, String> environment =
                Map.of(
                        "SLURM_CONF", conf.toString(),
                        "SPARK_LOG_DIR", temp.resolve("logs").toString(),
                        "WORKER_MEMORY", "1g");
        HostRuns.Run run = runs.start(job.toString(), environment, "slurm", 2, Map.of());
        run.assertSame();
        String nodes = "a worker on each of: " + String.join(" ", NODES);
        assertTrue(run.log().contains(nodes), run::log);
        assertEquals("", sinfo(conf, "alloc"), "the job has ended");
    }

    private Path key() throws IOException {
        Path key = temp.resolve("munge.key");
        byte[] secret = new byte[128];
        new Random().nextBytes(secret);
        Files.write(key, secret);
        key.toFile().setReadable(false, false);
        key.toFile().setReadable(true, true);
        return key;
    }

    private String munge(String what) {
        return "--%s=%s".formatted(what, temp.resolve("munge." + what));
    }

    private Path configuration() throws IOException {
        StringBuilder text =
                new StringBuilder(
                        """
                        ClusterName=test
                        SlurmctldHost=%1$s(127.0.0.1)
                        SlurmctldPort=%2$d
                        SlurmUser=root
                        AuthType=auth/munge
                        AuthInfo=socket=%3$s/munge.socket
                        StateSaveLocation=%3$s/state
                        SlurmdSpoolDir=%3$s/spool-%%n
                        SlurmctldPidFile=%3$s/slurmctld.pid
                        SlurmdPidFile=%3$s/slurmd-%%n.pid
                        ProctrackType=proctrack/linuxproc
                        TaskPlugin=task/none
                        SelectType=select/cons_tres
                        MpiDefault=none
                        MessageTimeout=60
                        ReturnToService=2
                        """
                                .formatted(hostName(), freePort(), temp));
        for (String node : NODES) {
            text.append(
                    "NodeName=%s NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=1\n"
                            .formatted(node, hostName(), freePort()));
        }
        text.append("PartitionName=all Nodes=ALL Default=YES State=UP\n");
        Files.createDirectories(temp.resolve("state"));
        return Files.writeString(temp.resolve("slurm.conf"), text);
    }

    private static String hostName() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void daemon(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(temp.resolve(command[0] + daemons.size() + ".log").toFile());
        daemons.add(TestProcess.server(builder));
    }

    private String sinfo(Path conf, String state) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder("sinfo", "--noheader", "--Node", "--states", state);
        builder.environment().put("SLURM_CONF", conf.toString());
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process sinfo = TestProcess.start(builder);
        String said = new String(sinfo.getInputStream().readAllBytes());
        sinfo.waitFor();
        return said.strip();
    }

    private void awaitIdle(Path conf) throws Exception {
        while (sinfo(conf, "idle").lines().count() < NODES.size()) {
            for (Process daemon : daemons) {
                assertTrue(daemon.isAlive(), () -> daemon.info() + " has ended");
            }
            daemons.get(0).waitFor(100, TimeUnit.MILLISECONDS);
        }
    }
}
