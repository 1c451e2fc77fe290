package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** GPU figures by a program called {@code nvidia-smi} that says what real drivers say. */
@Timeout(120)
class SystemMetricsIT {

    @TempDir private Path temp;

    /** Samples twice in a process of its own, for a JVM does not change its PATH. */
    static final class Sampler {
        private Sampler() {}

        public static void main(String[] args) throws InterruptedException {
            SystemMetrics metrics = new SystemMetrics(Path.of("."));
            for (int sample = 1; sample <= 2; sample++) {
                long begin = System.nanoTime();
                int number = sample;
                metrics.sample()
                        .forEach(
                                (name, value) ->
                                        System.out.println(number + " " + name + " " + value));
                System.out.println(number + " seconds " + (System.nanoTime() - begin) / 1e9);
            }
        }
    }

    @Test
    void eachOfSeveralGpusHasItsFigures() throws Exception {
        Map<String, Double> said =
                gpus(
                        """
                        echo "0, 97, 71342, 81559, 612.31, 700.00"
                        echo "1, 0, 4, 81559, 71.08, 700.00"
                        """);
        assertEquals(10, said.size(), said.toString());
        assertEquals(97, said.get("gpu_0_utilization_percentage"));
        assertEquals(71342 * 1.048576, said.get("gpu_0_memory_usage_megabytes"), 1e-6);
        assertEquals(100 * 71342 / 81559.0, said.get("gpu_0_memory_usage_percentage"), 1e-9);
        assertEquals(612.31, said.get("gpu_0_power_usage_watts"));
        assertEquals(100 * 612.31 / 700, said.get("gpu_0_power_usage_percentage"), 1e-9);
        assertEquals(0, said.get("gpu_1_utilization_percentage"));
        assertEquals(71.08, said.get("gpu_1_power_usage_watts"));
    }

    @Test
    void whatADriverDoesNotTellIsLeftOut() throws Exception {
        // A laptop's GPU; one that is cut into MIG instances; one whose fan controller is broken.
        Map<String, Double> said =
                gpus(
                        """
                        echo "0, 12, 1024, 8192, [N/A], [N/A]"
                        echo "1, [N/A], 512, 40960, 61.50, 400.00"
                        echo "2, [Unknown Error], [Insufficient Permissions], [N/A], ERR!, [Not Supported]"
                        """);
        assertEquals(
                List.of(
                        "gpu_0_memory_usage_megabytes",
                        "gpu_0_memory_usage_percentage",
                        "gpu_0_utilization_percentage",
                        "gpu_1_memory_usage_megabytes",
                        "gpu_1_memory_usage_percentage",
                        "gpu_1_power_usage_percentage",
                        "gpu_1_power_usage_watts"),
                List.copyOf(said.keySet()));
        assertEquals(12.5, said.get("gpu_0_memory_usage_percentage"));
        assertEquals(1.25, said.get("gpu_1_memory_usage_percentage"));
    }

    @Test
    void withoutADriverOrAGpuThereAreNoFigures() throws Exception {
        assertEquals(
                Map.of(),
                gpus(
                        """
                        echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
                        exit 9
                        """));
        assertEquals(Map.of(), gpus("echo No devices were found\n"));
        assertEquals(Map.of(), gpus("exec /no/such/program\n"));
    }

    @Test
    void aDriverThatHangsCostsAFewSecondsOnce() throws Exception {
        Path pid = temp.resolve("pid");
        List<String> lines = sample("echo $$ > " + pid + "\nexec sleep 600\n");
        assertEquals(Map.of(), gpus(lines));
        double first = seconds(lines, 1);
        assertTrue(first >= 5 && first < 15, "took " + first);
        assertTrue(seconds(lines, 2) < 2, "asked again");
        long hanging = Long.parseLong(Files.readString(pid).strip());
        assertFalse(
                ProcessHandle.of(hanging).map(ProcessHandle::isAlive).orElse(false),
                "it is still there");
    }

    private static double seconds(List<String> lines, int number) {
        return lines.stream()
                .filter(line -> line.startsWith(number + " seconds "))
                .mapToDouble(line -> Double.parseDouble(line.substring(10)))
                .findFirst()
                .orElseThrow();
    }

    private Map<String, Double> gpus(String script) throws Exception {
        return gpus(sample(script));
    }

    /** The second sample's figures of GPUs. */
    private static Map<String, Double> gpus(List<String> lines) {
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("2 " + SystemMetrics.CLOCK)));
        Map<String, Double> figures = new TreeMap<>();
        for (String line : lines) {
            if (line.startsWith("2 system/gpu_")) {
                String[] words = line.split(" ");
                figures.put(words[1].substring("system/".length()), Double.valueOf(words[2]));
            }
        }
        return figures;
    }

    private List<String> sample(String script) throws Exception {
        Path bin = Files.createTempDirectory(temp, "bin");
        Path smi = Files.writeString(bin.resolve("nvidia-smi"), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(smi, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder sampler =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Sampler.class.getName());
        sampler.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
        Process process = TestProcess.start(sampler.redirectError(ProcessBuilder.Redirect.INHERIT));
        List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor(), lines.toString());
        return lines;
    }
}
