package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.minigpt4j.TestProcess;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small list, good and bad, that a script of {@code launch/spark} prepares on a cluster. */
final class ScriptedPreparation implements AutoCloseable {

    private static final int PAIRS = 150;

    /** For JVMs that live shorter than it takes to compile them well. */
    private final MisbehavingServer server =
            new MisbehavingServer(0, URI.create("http://127.0.0.1:1/"));

    private final Path temp;
    private final String root;
    private final Path log;
    private final List<Process> processes = new ArrayList<>();
    private final RemoteFiles remote = new RemoteFiles(Map.of());

    /**
     * Writes the list.
     *
     * @param root the folder of list and output, at any address
     */
    ScriptedPreparation(Path temp, String root) throws IOException {
        this.temp = temp;
        this.root = root;
        this.log = temp.resolve("script.log");
        List<String> urls = mixed(server, PAIRS);
        byte[] list = Files.readAllBytes(PrepareYaml.json(temp.resolve("list.json"), urls));
        remote.write(root + "/list.json", list);
    }

    /** Addresses of pictures, four in ten of which cannot be had. */
    static List<String> mixed(MisbehavingServer server, int pairs) {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            Behaviour behaviour =
                    switch (i % 10) {
                        case 0 -> Behaviour.MISSING;
                        case 1 -> Behaviour.HALF;
                        case 2 -> Behaviour.RESET;
                        case 3 -> Behaviour.HTML;
                        default -> Behaviour.IMAGE;
                    };
            urls.add(server.address(behaviour, i).toString());
        }
        return urls;
    }

    /** Makes the server slow, so that something may happen meanwhile. */
    void slowly() {
        server.delay(400);
    }

    /**
     * Starts a script.
     *
     * @param addressed list and output as the configuration names them
     * @param spark options before {@code --}
     * @param prepare overrides of the configuration
     */
    Process start(
            String script,
            Map<String, String> environment,
            String addressed,
            List<String> spark,
            String... prepare)
            throws IOException {
        configure(addressed, "out");
        List<String> command = new ArrayList<>(List.of("launch/spark/" + script));
        Map<String, String> conf = new TreeMap<>(PrepareYaml.local());
        conf.put("spark.executor.memory", "700m");
        conf.put("spark.executor.extraJavaOptions", TestProcess.SHORT_LIVED);
        conf.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
        conf.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s");
        conf.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(List.of("--driver-memory", "700m"));
        command.addAll(spark);
        command.addAll(List.of("--", "--cfg-path", temp.resolve("prepare.yaml").toString()));
        command.addAll(List.of("--options", list(addressed)));
        command.addAll(List.of(prepare));
        Map<String, String> variables = new TreeMap<>(environment);
        variables.put("JAVA_OPTS", TestProcess.SHORT_LIVED);
        Process process = process(command, variables, log);
        processes.add(process);
        return process;
    }

    /** A script with nothing of our own environment that it would look at. */
    static Process process(List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("SPARK_.*|MASTER|(HADOOP|YARN)_CONF_DIR"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return TestProcess.start(builder);
    }

    private PrepareConfig configure(String addressed, String output) throws IOException {
        return PrepareYaml.of(
                temp,
                temp.resolve("list.json"),
                addressed + "/" + output,
                server.hostAndPort(),
                list(addressed));
    }

    private static String list(String addressed) {
        return "sources.web.path=" + addressed + "/list.json";
    }

    /** What scripts printed. */
    String log() throws IOException {
        return Files.readString(log);
    }

    /** How many files of shards there are. */
    long files() throws IOException {
        return remote.list(root + "/out/web").stream().filter(file -> !file.folder()).count();
    }

    /** The script's shards are, row by row and byte by byte, what this JVM makes of the list. */
    void checkAgainstThisMachine() throws IOException {
        server.delay(0);
        PrepareYaml.run(configure(root, "alone"));
        PreparedFolder made = PreparedFolder.read(root + "/out/web", Map.of());
        PreparedFolder alone = PreparedFolder.read(root + "/alone/web", Map.of());
        assertEquals(PAIRS, made.rows.size());
        assertEquals(PAIRS * 6 / 10, made.pictures.size());
        assertEquals(alone.rows, made.rows);
        assertEquals(alone.manifest, made.manifest, "the same bytes, by their hashes");
    }

    @Override
    public void close() throws IOException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        server.close();
        remote.close();
    }
}
