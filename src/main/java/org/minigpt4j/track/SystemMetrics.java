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
 * How busy the machine is, under the names that MLflow's own monitor gives. GPUs are asked through
 * {@code nvidia-smi}; a machine without it has none to tell of. Network figures count from the
 * monitor's start, as MLflow's do.
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

    /** Watches the disk that holds {@code disk}. */
    SystemMetrics(Path disk) {
        this.disk = disk;
    }

    /** The figures of this moment. */
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

    /** Bytes that programs could have, page cache included where the kernel tells. */
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
            return; // a disk that does not tell has no figures
        }
    }

    /** Bytes received and sent by all interfaces but the loopback; zeros where nothing tells. */
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

    /** What a driver does not tell it calls {@code [N/A]}. */
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
