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
 * What tracking costs a training step, measured in two ways.
 *
 * <p>{@link #ratios} trains in short blocks of equal steps, tracked or not, in random order within
 * each round, and compares each tracked block with the untracked one of its round, so that the
 * machine's slow changes fall on both. Behind each block nothing is told for longer than a tracker
 * waits with its work, so that none of it falls into the next block; the processor time that it
 * takes there is added to its own. The median step of a block leaves out the few steps that the
 * machine disturbs, and with them work that a tracker does beside few steps, which the processor
 * time does not.
 *
 * <p>{@link #processorMillis} tells steps at the pace of training, without training, and takes the
 * processor time of all threads: all that a step could lose to tracking if none of it were done
 * beside the step.
 */
public final class TrackingBench implements AutoCloseable {

    /** The name of the blocks that are not tracked. */
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
     * A bench with trackers into a file, to a server that is not there, to one that takes
     * connections and never answers, and to servers of one's own.
     *
     * @param block steps of a block
     * @param folder where the trackers write
     * @param servers further stores by name
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
        // Each in its own parent: a tracker also delivers what is left beside it.
        Path output = folder.resolve(name.replaceAll("\\W", "_")).resolve("run");
        trackers.put(name, Optional.of(Tracker.open(output, settings, Optional.empty(), true)));
    }

    /**
     * Blocks with tracking compared with those without.
     *
     * @param step of their median step's seconds
     * @param time of their seconds
     * @param processor of the processor time of the whole process, which is less at the mercy of
     *     what else the machine does
     */
    public record Ratio(PairedRatio step, PairedRatio time, PairedRatio processor) {}

    /** What a block took. */
    private record Spent(double stepSeconds, double seconds, double processorSeconds) {}

    /**
     * Trains in blocks; gives the ratios of the stores to {@link #OFF}, by their names.
     *
     * @param seconds how long
     */
    public Map<String, Ratio> ratios(double seconds) throws InterruptedException {
        List<String> order = new ArrayList<>(trackers.keySet());
        for (String name : order) {
            train(name); // everything is loaded and compiled
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

    /** Trains a block, and lets its tracker come to rest. */
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

    /** Median seconds of a step without tracking, once {@link #ratios} were taken. */
    public double stepSeconds() {
        return stepSeconds;
    }

    /** What the loop does after a step, with figures that are as long as real ones. */
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

    /** Microseconds that the training thread itself works for a step, by the names of stores. */
    public Map<String, Double> tellMicros() {
        Map<String, Double> medians = new LinkedHashMap<>();
        tellMicros.forEach((name, all) -> medians.put(name, Median.of(all)));
        return medians;
    }

    /**
     * Processor time that tracking takes a step, on whatever thread, by the names of stores.
     *
     * @param pace seconds from step to step
     * @param seconds how long to measure each
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
            return; // nobody is connected any more
        }
    }
}
