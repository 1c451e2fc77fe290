package org.minigpt4j.doctor;

import ai.djl.Device;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Flops;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.Validation;
import org.minigpt4j.train.Workload;
import org.minigpt4j.train.record.DjlListeners;
import org.minigpt4j.train.record.RunTracking;
import org.minigpt4j.train.run.Gpu;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.RunDevices;
import org.minigpt4j.train.run.RunLock;
import org.minigpt4j.train.run.StartingPoint;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Looks at everything a run needs without training: devices, headers of all weight files,
 * tokenizer, data, output folder, an earlier run in it. Then it forecasts memory and time, from a
 * few steps that it measures and throws away, or from the peak of a GPU that need not be here.
 */
public final class Doctor {

    /** Sequences looked at to know how long they are. */
    private static final int SAMPLED = 4;

    /** A caption's share of the longest text, where no data can be looked at. */
    private static final double TYPICAL_CAPTION = 0.6;

    /** Tokens of a turn around the image. */
    private static final int TYPICAL_PROMPT = 25;

    private final TrainConfig config;
    private final RunConfig run;
    private final Consumer<Finding> tell;
    private boolean healthy = true;
    private boolean ended;

    /**
     * Something looked at.
     *
     * @param well false if a run would fail for it
     * @param what was looked at
     * @param found what there is, or what is wrong and what to do
     */
    public record Finding(boolean well, String what, String found) {}

    /** A doctor that reports every finding as soon as it is found. */
    public Doctor(TrainConfig config, Consumer<Finding> tell) {
        this.config = config;
        this.run = config.run();
        this.tell = tell;
    }

    /**
     * Looks at everything.
     *
     * @param elsewhere forecast for this; empty measures here
     * @return the forecast, if nothing is wrong that it needs
     * @throws InterruptedException if the thread is told to stop
     */
    public Optional<Forecast> examine(Optional<Elsewhere> elsewhere) throws InterruptedException {
        Optional<List<Device>> devices =
                elsewhere.isPresent()
                        ? Optional.of(List.of())
                        : look("devices", () -> RunDevices.of(config), Doctor::names);
        Optional<ModelFiles> files =
                look(
                        "sizes of the model",
                        () -> new ModelFiles(config.model(), config::where),
                        Doctor::sizes);
        files.ifPresent(this::headers);
        Optional<Workload> microBatch = data(files);
        Optional<StartingPoint> start = Optional.empty();
        if (elsewhere.isEmpty()) {
            int replicas = devices.map(List::size).orElse(1);
            listeners();
            look("record", () -> RunTracking.check(config), uri -> uri);
            output(files);
            checkpoints();
            start = files.flatMap(f -> start(f, replicas));
            ended = start.map(s -> s.state().step() >= Forecaster.steps(run)).orElse(false);
        } else {
            precision(elsewhere.get().gpu());
        }
        if (!healthy || devices.isEmpty() || files.isEmpty() || microBatch.isEmpty()) {
            return Optional.empty();
        }
        Forecaster forecaster = new Forecaster(config, files.get(), microBatch.get());
        if (elsewhere.isEmpty()) {
            Optional<String> shortage = forecaster.shortage(devices.get(), memoryHere());
            if (shortage.isPresent()) { // to measure would end in the lack of memory
                fault("memory", shortage.get());
                return Optional.empty();
            }
        }
        Forecast forecast =
                elsewhere.isPresent()
                        ? forecaster.elsewhere(elsewhere.get())
                        : forecaster.here(devices.get(), start.orElseThrow(), this::speech);
        forecast.tooLarge().ifPresent(why -> fault("memory", why));
        if (elsewhere.isEmpty()) {
            forecast.heapTooSmall(Runtime.getRuntime().maxMemory())
                    .ifPresent(why -> fault("memory", why));
        }
        return Optional.of(forecast);
    }

    /** Bytes that this machine, or the container, has; 0 if the JVM does not tell. */
    private static long memoryHere() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : 0;
    }

    /** Random weights are good enough to measure with, so this is no fault. */
    private void speech(PlainSpeech speech) {
        String found =
                speech.warning()
                        .map("WARNING: %s"::formatted)
                        .orElseGet(
                                () ->
                                        String.format(
                                                Locale.ROOT,
                                                "plain sentences have a loss of %.2f",
                                                speech.loss()));
        tell.accept(new Finding(true, "language model", found));
    }

    /**
     * Forecasts a run whose files are not all here, by the sizes in the configuration and captions
     * of 60 % of the length that it allows.
     *
     * @param preset whose language model it is, unless that is here
     * @return the forecast, unless something else is wrong
     */
    public Optional<Forecast> forecast(Elsewhere there, Preset preset) {
        boolean sized = Files.isRegularFile(config.model().llamaModel().resolve("config.json"));
        Optional<ModelFiles> files =
                look(
                        "sizes of the model",
                        () ->
                                sized
                                        ? new ModelFiles(config.model(), config::where)
                                        : new ModelFiles(
                                                config.model(), config::where, preset.llama()),
                        model ->
                                sized
                                        ? sizes(model)
                                        : "%s, those of %s".formatted(sizes(model), preset));
        precision(there.gpu());
        if (!healthy || files.isEmpty()) {
            return Optional.empty();
        }
        int labels = (int) Math.round(TYPICAL_CAPTION * config.model().maxTxtLen());
        int prompt = config.model().promptPath().isPresent() ? TYPICAL_PROMPT : 0;
        int tokens = 1 + prompt + files.get().qformer().queries() + labels;
        tell.accept(
                new Finding(
                        true,
                        "data",
                        "not checked; captions of %d tokens are assumed, %d tokens a sample"
                                .formatted(labels, tokens)));
        double flops =
                Flops.perSample(
                        files.get().vit(),
                        files.get().qformer(),
                        files.get().llama(),
                        tokens,
                        labels,
                        tunes());
        int batch = run.batchSizeTrain();
        var work = new Workload(batch, batch * tokens, batch * labels, batch * flops);
        Forecast forecast = new Forecaster(config, files.get(), work).elsewhere(there);
        forecast.tooLarge().ifPresent(why -> fault("memory", why));
        return Optional.of(forecast);
    }

    private boolean tunes() {
        return !config.model().freezeQformer();
    }

    private static String sizes(ModelFiles files) {
        return "%d layers of %d channels".formatted(files.llama().layers(), files.llama().hidden());
    }

    private static String names(List<Device> devices) {
        return devices.stream()
                .map(d -> d.isGpu() ? "GPU " + d.getDeviceId() : "the processor")
                .collect(
                        Collectors.groupingBy(
                                name -> name, LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getKey() + " x " + e.getValue())
                .collect(Collectors.joining(", "));
    }

    /** True if the earlier run in the output folder has ended, so that nothing is left to train. */
    public boolean hasEnded() {
        return ended;
    }

    /** True if a run would begin. */
    public boolean isHealthy() {
        return healthy;
    }

    private <T> Optional<T> look(String what, Supplier<T> action, Function<T, String> found) {
        try {
            T result = action.get();
            tell.accept(new Finding(true, what, found.apply(result)));
            return Optional.of(result);
        } catch (MiniGpt4Exception e) {
            fault(what, e.getMessage());
            return Optional.empty();
        }
    }

    private static String size(long bytes) {
        return bytes < 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    private void fault(String what, String why) {
        healthy = false;
        tell.accept(new Finding(false, what, why));
    }

    private void headers(ModelFiles files) {
        List<String> faults = files.check();
        if (!faults.isEmpty()) {
            fault("weights", String.join("\n", WeightLoader.summary(faults)));
        } else {
            long bytes = files.bytes().values().stream().mapToLong(Long::longValue).sum();
            tell.accept(
                    new Finding(true, "weights", "%s, every tensor fits".formatted(size(bytes))));
        }
    }

    /**
     * Opens the data, and reads a few micro-batches to know what is in one, which takes the sizes
     * of the model.
     */
    private Optional<Workload> data(Optional<ModelFiles> files) {
        BatchSettings settings = BatchSettings.from(config).unlisted();
        try (Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel());
                BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            for (BatchLoader.Found found : loader.found()) {
                String what =
                        "%,d samples in %,d shards".formatted(found.samples(), found.shards());
                tell.accept(new Finding(true, "data " + found.dataset(), what));
                for (String notice : found.notices()) {
                    tell.accept(new Finding(true, "data " + found.dataset(), notice));
                }
            }
            // Only counted here, which does not depend on the number of queries.
            Validation validation = Validation.of(config, 1, tokenizer, 1);
            if (!run.validSplits().isEmpty()) {
                String what =
                        "%,d micro-batches of %d after each epoch"
                                .formatted(validation.microBatches(), run.batchSizeEval());
                tell.accept(new Finding(true, "held-out data", what));
            }
            Optional<Workload> workload = Optional.empty();
            if (files.isPresent()) {
                workload = Optional.of(microBatch(files.get(), loader));
                loader.lastSkipped().ifPresent(this::tellSkipped);
            }
            return workload;
        } catch (MiniGpt4Exception e) {
            fault("data", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    /** A sample that was found to be of no use when it was read. */
    private void tellSkipped(Skip skip) {
        String what =
                "one of the first samples cannot be used (%s): %s: %s"
                        .formatted(skip.fault(), ForeignText.line(skip.key()), skip.detail());
        tell.accept(new Finding(true, "data " + skip.dataset(), what));
    }

    private Workload microBatch(ModelFiles files, BatchLoader loader) throws InterruptedException {
        List<MicroBatch> sampled = loader.next(SAMPLED);
        int samples = sampled.stream().mapToInt(MicroBatch::size).sum();
        // They are laid out without the places of the image.
        double tokens =
                sampled.stream().mapToInt(b -> b.text().attendedTokens()).sum()
                        + (double) samples * files.qformer().queries();
        double labels = sampled.stream().mapToInt(MicroBatch::labels).sum();
        double flops =
                Flops.perSample(
                        files.vit(),
                        files.qformer(),
                        files.llama(),
                        tokens / samples,
                        labels / samples,
                        tunes());
        return new Workload(
                run.batchSizeTrain(),
                (int) Math.round(tokens / SAMPLED),
                (int) Math.round(labels / SAMPLED),
                flops * run.batchSizeTrain());
    }

    private void listeners() {
        if (!run.listeners().isEmpty()) {
            look(
                    "listeners",
                    () -> DjlListeners.open(config),
                    made -> String.join(", ", run.listeners()));
        }
    }

    private void precision(Gpu gpu) {
        ComputePrecision precision =
                ComputePrecision.valueOf(run.precision().resolve(true, run.amp()).name());
        if (precision == ComputePrecision.BF16 && !gpu.hasBfloat16()) {
            fault("precision", "a " + gpu + " has no bfloat16; set run.precision: fp16");
        }
    }

    private Optional<StartingPoint> start(ModelFiles files, int replicas) {
        RunFolder folder = new RunFolder(run.outputDir());
        RunLock.holder(folder).ifPresent(who -> fault("output", who));
        return look(
                "start",
                () -> {
                    try (Store store = folder.store(run.checkpoint())) {
                        CheckpointFolder checkpoints = new CheckpointFolder(store);
                        return StartingPoint.of(
                                config, replicas, folder, checkpoints, Resume.AUTO, files);
                    }
                },
                start ->
                        start.notices().isEmpty()
                                ? "a new run"
                                : String.join("; ", start.notices()));
    }

    private void output(Optional<ModelFiles> files) {
        long bytes = files.map(sized -> Forecaster.checkpointBytes(sized, tunes())).orElse(0L);
        boolean elsewhere = run.checkpoint().dir().isPresent();
        try {
            new RunFolder(run.outputDir()).requireFolders();
        } catch (MiniGpt4Exception e) {
            fault("output", e.getMessage());
            return;
        }
        place("output", run.outputDir(), elsewhere ? 0 : Forecaster.checkpoints(run) * bytes);
    }

    /** Writes to a remote location; leaves nothing on this machine. */
    private void checkpoints() {
        run.checkpoint()
                .dir()
                .ifPresent(
                        dir -> {
                            if (RemoteFiles.isRemote(dir)) {
                                look("checkpoints", () -> probe(dir), where -> where);
                            } else {
                                place("checkpoints", Path.of(Store.at(dir).describe("")), 0);
                            }
                        });
    }

    private static String probe(String dir) {
        try (Store store = Store.at(dir)) {
            new CheckpointFolder(store).probe();
            return dir + " can be written to";
        }
    }

    /** Looks at the room for a folder; that it can be made is the configuration's rule. */
    private void place(String what, Path folder, long need) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            String found = "%s has %.1f GB free".formatted(existing, free / 1e9);
            if (free < need) {
                fault(what, found + "; checkpoints alone need %.1f GB".formatted(need / 1e9));
            } else {
                tell.accept(new Finding(true, what, found));
            }
        } catch (IOException e) {
            fault(what, existing + ": " + e.getMessage());
        }
    }
}
