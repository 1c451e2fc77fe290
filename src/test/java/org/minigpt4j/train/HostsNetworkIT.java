package org.minigpt4j.train;

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
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.Roll;
import org.minigpt4j.cluster.protocol.RollEvent;
import org.minigpt4j.cluster.protocol.RollRules;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ranks on hosts of their own, as network namespaces are: each has an address, and the links delay,
 * lose and cut what goes over them.
 */
@Timeout(400)
@Tag("soak")
class HostsNetworkIT {

    private static final int HOSTS = 3;
    private static final int STEPS = 60;
    private static final String BRIDGE = "mg4jbr";
    private static final String NET = "10.213.77.";

    @TempDir private Path temp;
    private final List<Process> processes = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final Roll roll =
            new Roll(
                    RollRules.of(HOSTS, 1, ToyRankProcess.SILENCE, Duration.ofMinutes(5)),
                    System.nanoTime());
    private ServerSocket driver;

    private static boolean run(String command) throws Exception {
        var builder = new ProcessBuilder(command.split(" ")).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            return TestProcess.start(builder).waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static void must(String command) throws Exception {
        assertTrue(run(command), command);
    }

    @BeforeEach
    void lay() throws Exception {
        clear();
        boolean possible =
                run("ip netns add mg4jh0") && run("ip link add " + BRIDGE + " type bridge");
        if (!possible) {
            clear();
        }
        assumeTrue(possible, "no network namespaces can be made here: ip netns add fails");
        must("ip addr add " + NET + "254/24 dev " + BRIDGE);
        must("ip link set " + BRIDGE + " up");
        for (int i = 0; i < HOSTS; i++) {
            String host = "mg4jh" + i;
            must(i == 0 ? "ip netns list" : "ip netns add " + host);
            must("ip link add mg4jv%d type veth peer name eth0 netns %s".formatted(i, host));
            must("ip link set mg4jv%d master %s".formatted(i, BRIDGE));
            must("ip link set mg4jv%d up".formatted(i));
            must("ip -n %s addr add %s%d/24 dev eth0".formatted(host, NET, i + 1));
            must("ip -n %s link set eth0 up".formatted(host));
            must("ip -n %s link set lo up".formatted(host));
        }
    }

    /** Takes a host's cable out, or puts it in again. */
    private static void link(int host, String how) throws Exception {
        must("ip link set mg4jv%d %s".formatted(host, how));
    }

    @AfterEach
    void clear() throws Exception {
        processes.forEach(Process::destroyForcibly);
        if (driver != null) {
            driver.close();
        }
        for (int i = 0; i < HOSTS; i++) {
            run("ip netns del mg4jh" + i);
            run("ip link del mg4jv" + i);
        }
        run("ip link del " + BRIDGE);
    }

    private void answer() {
        while (!driver.isClosed()) {
            try (Socket socket = driver.accept()) {
                socket.setSoTimeout(2_000);
                var report =
                        (RankReport) new ObjectInputStream(socket.getInputStream()).readObject();
                Object view;
                synchronized (roll) {
                    view = roll.report(report, System.nanoTime());
                }
                var out = new ObjectOutputStream(socket.getOutputStream());
                out.writeObject(view);
                out.flush();
            } catch (IOException | ClassNotFoundException e) {
                continue; // a cut connection
            }
        }
    }

    private int newest() {
        synchronized (roll) {
            roll.tick(System.nanoTime());
            roll.takeEvents().stream().map(RollEvent::words).forEach(events::add);
            return roll.reports().stream().mapToInt(RankReport::step).max().orElse(0);
        }
    }

    private void await(String what, BooleanSupplier holds) throws InterruptedException {
        while (!holds.getAsBoolean()) {
            newest();
            for (Process process : processes) {
                assertTrue(process.isAlive(), () -> what + events);
            }
            processes.get(0).waitFor(20, TimeUnit.MILLISECONDS);
        }
    }

    private int members() {
        newest();
        synchronized (roll) {
            return roll.view().members().size();
        }
    }

    @Test
    void aPartitionAndItsHealingChangeNoBit() throws Exception {
        train();
    }

    @Test
    void delayAndLossChangeNoBitEither() throws Exception {
        boolean slow = true;
        for (int i = 0; i < HOSTS; i++) {
            slow &=
                    run(
                            ("ip netns exec mg4jh%d tc qdisc add dev eth0 root netem delay 20ms"
                                            + " loss 1%%")
                                    .formatted(i));
        }
        assumeTrue(slow, "no slow network can be made here: tc has no netem");
        train();
    }

    private void train() throws Exception {
        driver = new ServerSocket(0, 50, InetAddress.getByName(NET + "254"));
        for (int i = 0; i < 8; i++) {
            Thread thread = new Thread(this::answer, "driver-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        for (int i = 0; i < HOSTS; i++) {
            var command = new ArrayList<>(List.of("ip", "netns", "exec", "mg4jh" + i));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx200m"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(ToyRankProcess.class.getName(), "" + i, NET + (i + 1)));
            command.addAll(List.of(NET + "254", "" + driver.getLocalPort(), "" + STEPS));
            var builder = new ProcessBuilder(command);
            builder.redirectOutput(temp.resolve("out" + i).toFile());
            builder.redirectError(temp.resolve("err" + i).toFile());
            processes.add(TestProcess.server(builder));
        }
        await("they come", () -> newest() >= 5);
        assertEquals(HOSTS, members());
        link(2, "down");
        long cut = System.nanoTime();
        await("two go on", () -> members() == HOSTS - 1);
        int then = newest();
        await("two go on", () -> newest() >= then + 2);
        double seconds = (System.nanoTime() - cut) / 1e9;
        link(2, "up");
        await("it comes back", () -> members() == HOSTS);
        await("the end", () -> newest() >= STEPS && reports(STEPS));
        synchronized (roll) {
            roll.end(System.nanoTime());
        }
        for (Process process : processes) {
            process.waitFor(60, TimeUnit.SECONDS);
        }
        assertSums();
        System.err.printf("a cut host: the next step but one after %.1f s; %s%n", seconds, events);
    }

    private boolean reports(int step) {
        synchronized (roll) {
            return roll.reports().size() == HOSTS
                    && roll.reports().stream().allMatch(report -> report.step() >= step);
        }
    }

    private void assertSums() throws Exception {
        List<String> alone = new ArrayList<>();
        ToyWork work = new ToyWork(ToyWork.begin(), 1);
        for (int step = 1; step <= STEPS; step++) {
            var sum = GradientReducer.local(ToyWork.MICRO_BATCHES).sum(work).orElseThrow();
            alone.add(step + " " + ToyWork.bits(sum));
            work = new ToyWork(work.after(sum), step + 1);
        }
        for (int i = 0; i < HOSTS; i++) {
            List<String> lines = Files.readAllLines(temp.resolve("out" + i));
            assertTrue(lines.size() > 5, lines::toString);
            assertTrue(alone.containsAll(lines), "host " + i);
            if (i < 2) {
                assertEquals(alone.get(STEPS - 1), lines.get(lines.size() - 1));
            }
        }
    }
}
