package org.minigpt4j.track;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the load of the machine, under the names that MLflow's own monitor uses. GPU metrics
 * come from {@code nvidia-smi} and are absent without it. Network metrics count from the monitor's
 * start, as in MLflow.
 */
public final class SystemMetrics {

    public static final String CLOCK = "system/cpu_utilization_percentage";

    private static final double MEGABYTE = 1e6;
    private static final Path NETWORK = Path.of("/proc/net/dev");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final int SMI_SECONDS = 5;

    private final Path disk;
    private final OperatingSystemMXBean machine =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final double[] networkAtStart = network();
    private boolean gpus = true;

    /** Creates a monitor that watches the disk containing {@code disk}. */
    SystemMetrics(Path disk) {
        this.disk = disk;
    }

    /** The current metrics. */
    Map<String, Double> sample() throws InterruptedException {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(CLOCK, 100 * Math.max(0, machine.getCpuLoad()));
        double total = machine.getTotalMemorySize();
        double used = total - available();
        values.put("system/system_memory_usage_megabytes", used / MEGABYTE);
        values.put("system/system_memory_usage_percentage", 100 * used / total);
        addDisk(values);
        double[] network = network();
        values.put("system/network_receive_megabytes", (network[0] - networkAtStart[0]) / MEGABYTE);
        values.put(
                "system/network_transmit_megabytes", (network[1] - networkAtStart[1]) / MEGABYTE);
        addGpus(values);
        return values;
    }

    /** Memory available to programs in bytes, including the page cache if the kernel reports it. */
    private double available() {
        try {
            return Files.readAllLines(MEMORY).stream()
                    .filter(line -> line.startsWith("MemAvailable:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(machine.getFreeMemorySize());
        } catch (IOException e) {
            return machine.getFreeMemorySize();
        }
    }

    private void addDisk(Map<String, Double> values) {
        try {
            FileStore store = Files.getFileStore(disk);
            double total = store.getTotalSpace();
            double used = total - store.getUnallocatedSpace();
            values.put("system/disk_usage_megabytes", used / MEGABYTE);
            values.put("system/disk_usage_percentage", 100 * used / total);
            values.put("system/disk_available_megabytes", store.getUsableSpace() / MEGABYTE);
        } catch (IOException e) {
            return; // no metrics for a disk that cannot be read
        }
    }

    /** Bytes received and sent by all interfaces except loopback; zeros if unknown. */
    private static double[] network() {
        double[] bytes = new double[2];
        try {
            for (String line : Files.readAllLines(NETWORK)) {
                int colon = line.indexOf(':');
                if (colon > 0 && !line.substring(0, colon).strip().equals("lo")) {
                    String[] fields = line.substring(colon + 1).strip().split("\\s+");
                    bytes[0] += Double.parseDouble(fields[0]);
                    bytes[1] += Double.parseDouble(fields[8]);
                }
            }
        } catch (IOException e) {
            return new double[2];
        }
        return bytes;
    }

    private void addGpus(Map<String, Double> values) throws InterruptedException {
        if (!gpus) {
            return;
        }
        List<String> lines;
        try {
            lines =
                    answer(
                            "nvidia-smi",
                            "--query-gpu=index,utilization.gpu,memory.used,memory.total,power.draw,"
                                    + "power.limit",
                            "--format=csv,noheader,nounits");
        } catch (IOException e) {
            gpus = false;
            return;
        }
        for (String line : lines) {
            String[] fields = line.split(",\\s*");
            if (fields.length == 6) {
                String gpu = "system/gpu_" + fields[0].strip() + "_";
                double mebibytes = number(fields[2]);
                add(values, gpu + "utilization_percentage", number(fields[1]));
                add(values, gpu + "memory_usage_megabytes", mebibytes * (1 << 20) / MEGABYTE);
                add(values, gpu + "memory_usage_percentage", 100 * mebibytes / number(fields[3]));
                add(values, gpu + "power_usage_watts", number(fields[4]));
                add(
                        values,
                        gpu + "power_usage_percentage",
                        100 * number(fields[4]) / number(fields[5]));
            }
        }
    }

    private static void add(Map<String, Double> values, String name, double value) {
        if (Double.isFinite(value)) {
            values.put(name, value);
        }
    }

    /** Parses a number; NaN for {@code [N/A]}, which drivers print for unknown values. */
    private static double number(String field) {
        return field.matches("[\\d.]+") ? Double.parseDouble(field) : Double.NaN;
    }

    private static List<String> answer(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            if (!process.waitFor(SMI_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command[0] + " does not answer");
            }
            return process.inputReader().lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }
}
