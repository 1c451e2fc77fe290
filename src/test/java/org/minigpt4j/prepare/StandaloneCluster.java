package org.minigpt4j.prepare;

import org.minigpt4j.TestProcess;

import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A master and workers of one core each, processes of their own on this machine. */
public final class StandaloneCluster implements AutoCloseable {

    private final Path home;
    private final int port;
    private final List<Process> processes = new ArrayList<>();

    /** Starts them; Spark's jars come into {@code home} where they are not. */
    public StandaloneCluster(Path home, int workers) throws IOException {
        this.home = home;
        Files.createDirectories(home.resolve("jars"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        start(
                "org.apache.spark.deploy.master.Master",
                "--host",
                "127.0.0.1",
                "--port",
                "" + port,
                "--webui-port",
                "0");
        awaitMaster();
        for (int i = 0; i < workers; i++) {
            start(
                    "org.apache.spark.deploy.worker.Worker",
                    "--host",
                    "127.0.0.1",
                    "--webui-port",
                    "0",
                    "--cores",
                    "1",
                    "--memory",
                    "1g",
                    "--work-dir",
                    home.resolve("work" + i).toString(),
                    master());
        }
    }

    /**
     * An application gives up on a master that is not there after a minute; a busy machine needs
     * more.
     */
    private void awaitMaster() throws IOException {
        long until = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (true) {
            try {
                new Socket("127.0.0.1", port).close();
                return;
            } catch (ConnectException e) {
                if (!processes.get(0).isAlive() || System.nanoTime() > until) {
                    close();
                    throw e;
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }

    private void start(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(TestProcess.SHORT_LIVED.split(" ")));
        command.addAll(List.of("-Xmx256m", "-cp", classPath(), main));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment()
                .putAll(
                        Map.of(
                                "SPARK_HOME", home.toString(),
                                "SPARK_SCALA_VERSION", "2.13",
                                "SPARK_LOCAL_IP", "127.0.0.1"));
        builder.redirectErrorStream(true);
        builder.redirectOutput(home.resolve("daemon" + processes.size() + ".log").toFile());
        processes.add(TestProcess.server(builder));
    }

    /** Ours; executors run in folders of their own. */
    static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** What {@code MASTER} names. */
    public String master() {
        return "spark://127.0.0.1:" + port;
    }

    /** What an application says to run here. */
    static Map<String, String> application() {
        return Map.of(
                "spark.executor.extraClassPath", classPath(),
                "spark.executor.extraJavaOptions", TestProcess.SHORT_LIVED,
                "spark.executor.memory", "700m",
                "spark.scheduler.minRegisteredResourcesRatio", "1.0",
                "spark.scheduler.maxRegisteredResourcesWaitingTime", "120s");
    }

    /** A process that makes shards now, if there is one: workers start nothing else. */
    Optional<ProcessHandle> executor() {
        return processes.stream().flatMap(Process::descendants).findFirst();
    }

    /** The workers, each with what it started below it. */
    public List<Process> workers() {
        return processes.subList(1, processes.size());
    }

    /** How many workers ran a program of an application's. */
    long workersUsed() throws IOException {
        long used = 0;
        for (int i = 0; i < processes.size() - 1; i++) {
            try (Stream<Path> applications = Files.list(home.resolve("work" + i))) {
                used += applications.findAny().isPresent() ? 1 : 0;
            }
        }
        return used;
    }

    @Override
    public void close() {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
