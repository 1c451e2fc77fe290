package org.minigpt4j.bench;

import ai.djl.Device;

import com.sun.management.OperatingSystemMXBean;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Preset;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.train.ProcessMemory;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.StepTimes;
import org.minigpt4j.train.Workload;
import org.minigpt4j.train.record.StepFigures;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Measures in two ways how much tracking slows down a training step.
 *
 * <p>{@link #ratios} trains in short blocks of equal steps, with or without tracking, in random
 * order within each round. Each tracked block is compared with the untracked block of its round, so
 * that slow changes of the machine affect both. After each block there is a pause, longer than a
 * tracker delays its work, so that no work falls into the next block; the processor time used in
 * the pause is added to the block's. The median step of a block ignores the few steps that the
 * machine disturbs, but also tracking work that affects only a few steps; the processor time
 * includes it.
 *
 * <p>{@link #processorMillis} logs steps at the pace of training, without training, and measures
 * the processor time of all threads. This is an upper bound of what tracking costs a step, as if
 * none of it ran in parallel.
 */
public final class TrackingBench implements AutoCloseable {

    /** Name of the blocks without tracking. */
    public static final String OFF = "off";

    private static final Duration REQUEST = Duration.ofSeconds(10);
    private static final Duration MACHINE = Duration.ofSeconds(10);
    private static final Duration SETTLE = Tracker.INTERVAL.plusMillis(300);
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final int block;
    private final SyntheticStep step;
    private final ServerSocket silent;
    private final Map<String, Optional<Tracker>> trackers = new LinkedHashMap<>();
    private final Map<String, List<Double>> tellMicros = new LinkedHashMap<>();
    private final Random random = new Random(0);
    private double stepSeconds;
    private int told;

    /**
     * Creates a bench with trackers that write to a file, to a server that does not exist, to a
     * server that accepts connections but never answers, and to {@code servers}.
     *
     * @param block number of steps in a block
     * @param folder where the trackers write
     * @param servers tracking URIs of further stores, by name
     */
    public TrackingBench(
            Preset preset,
            int batch,
            int caption,
            int block,
            Path folder,
            Map<String, String> servers)
            throws IOException {
        this.block = block;
        silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        step =
                new SyntheticStep(
                        preset, ComputePrecision.FP32, false, false, Device.cpu(), batch, caption);
        trackers.put(OFF, Optional.empty());
        open("file", "sqlite:///" + folder.toAbsolutePath().resolve("mlflow.db"), folder);
        try (ServerSocket free = new ServerSocket(0)) {
            open("no server", "http://127.0.0.1:" + free.getLocalPort(), folder);
        }
        open("silent server", "http://127.0.0.1:" + silent.getLocalPort(), folder);
        servers.forEach((name, uri) -> open(name, uri, folder));
    }

    private void open(String name, String uri, Path folder) {
        TrackerSettings settings =
                new TrackerSettings(
                        uri, "bench", name, REQUEST, MACHINE, TrackingEnvironment.ofProcess());
        // Each has a separate parent folder, because a tracker also delivers what is left in its
        // siblings.
        Path output = folder.resolve(name.replaceAll("\\W", "_")).resolve("run");
        trackers.put(name, Optional.of(Tracker.open(output, settings, Optional.empty(), true)));
    }

    /**
     * Blocks with tracking compared with blocks without.
     *
     * @param step ratios of the median step's time
     * @param time ratios of the block's wall-clock time
     * @param processor ratios of the process's processor time, which other programs affect less
     */
    public record Ratio(PairedRatio step, PairedRatio time, PairedRatio processor) {}

    /** Measurements of one block. */
    private record Spent(double stepSeconds, double seconds, double processorSeconds) {}

    /**
     * Trains in blocks; returns each store's ratios to {@link #OFF}, by name.
     *
     * @param seconds how long to measure
     */
    public Map<String, Ratio> ratios(double seconds) throws InterruptedException {
        List<String> order = new ArrayList<>(trackers.keySet());
        for (String name : order) {
            train(name); // warm-up: loads and compiles everything
        }
        tellMicros.clear();
        List<Map<String, Spent>> rounds = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            Collections.shuffle(order, random);
            Map<String, Spent> round = new LinkedHashMap<>();
            for (String name : order) {
                round.put(name, train(name));
            }
            rounds.add(round);
        }
        stepSeconds = Median.of(rounds.stream().map(r -> r.get(OFF).stepSeconds()).toList());
        Map<String, Ratio> ratios = new LinkedHashMap<>();
        for (String name : trackers.keySet()) {
            if (!name.equals(OFF)) {
                ratios.put(
                        name,
                        new Ratio(
                                ratio(rounds, name, Spent::stepSeconds),
                                ratio(rounds, name, Spent::seconds),
                                ratio(rounds, name, Spent::processorSeconds)));
            }
        }
        return ratios;
    }

    private static PairedRatio ratio(
            List<Map<String, Spent>> rounds, String name, ToDoubleFunction<Spent> what) {
        return PairedRatio.of(
                rounds.stream()
                        .map(
                                round ->
                                        what.applyAsDouble(round.get(name))
                                                / what.applyAsDouble(round.get(OFF)))
                        .toList());
    }

    /** Trains a block, and waits until its tracker is idle. */
    private Spent train(String name) throws InterruptedException {
        long processor = PROCESS.getProcessCpuTime();
        long begin = System.nanoTime();
        List<Double> steps = new ArrayList<>();
        for (int i = 0; i < block; i++) {
            long start = System.nanoTime();
            double loss = step.run();
            tell(name, loss, 0.1);
            steps.add((System.nanoTime() - start) / 1e9);
        }
        long seconds = System.nanoTime() - begin;
        processor = PROCESS.getProcessCpuTime() - processor;
        long rest = 0;
        if (!name.equals(OFF)) {
            var threads = new ThreadTimes();
            Thread.sleep(SETTLE.toMillis());
            rest = threads.nanosSince();
        }
        return new Spent(Median.of(steps), (seconds + rest) / 1e9, (processor + rest) / 1e9);
    }

    /** Median seconds of a step without tracking; call {@link #ratios} first. */
    public double stepSeconds() {
        return stepSeconds;
    }

    /** Logs a step like the training loop, with figures of realistic length. */
    private void tell(String name, double loss, double seconds) {
        told++;
        if (trackers.get(name).isEmpty()) {
            return;
        }
        StepReport report =
                new StepReport(
                        told,
                        0,
                        loss,
                        random.nextDouble(),
                        random.nextDouble(),
                        1,
                        false,
                        new Workload(16, 700, 300, 1e9),
                        new StepTimes(
                                random.nextDouble() / 1000,
                                seconds,
                                random.nextDouble() / 1000,
                                random.nextDouble() / 1000),
                        new ProcessMemory(1 << 30, 0),
                        1e12);
        long begin = System.nanoTime();
        trackers.get(name).get().points(told, StepFigures.of(report));
        tellMicros
                .computeIfAbsent(name, n -> new ArrayList<>())
                .add((System.nanoTime() - begin) / 1e3);
    }

    /** Microseconds that the training thread itself spends on logging a step, by store. */
    public Map<String, Double> tellMicros() {
        Map<String, Double> medians = new LinkedHashMap<>();
        tellMicros.forEach((name, all) -> medians.put(name, Median.of(all)));
        return medians;
    }

    /**
     * Processor time in milliseconds that tracking takes per step, over all threads, by store.
     *
     * @param pace seconds between steps
     * @param seconds how long to measure each store
     */
    public Map<String, Double> processorMillis(double pace, double seconds)
            throws InterruptedException {
        Map<String, Double> millis = new LinkedHashMap<>();
        for (String name : trackers.keySet()) {
            int count = (int) Math.max(1, seconds / pace);
            var threads = new ThreadTimes();
            for (int i = 0; i < count; i++) {
                Thread.sleep((long) (1000 * pace));
                tell(name, random.nextDouble(), pace);
            }
            Thread.sleep(SETTLE.toMillis());
            double spent = threads.nanosSince() / 1e6 / count;
            millis.put(name, name.equals(OFF) ? spent : spent - millis.get(OFF));
        }
        return millis;
    }

    @Override
    public void close() {
        trackers.values().forEach(tracker -> tracker.ifPresent(Tracker::close));
        step.close();
        try {
            silent.close();
        } catch (IOException unimportant) {
            return; // the connection is closed
        }
    }
}
