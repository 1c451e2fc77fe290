package org.minigpt4j.checkpoint;

import ai.djl.ndarray.types.Shape;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.MiniGpt4Pth;
import org.minigpt4j.weights.TorchTensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The state of a run in upstream's {@code checkpoint_N.pth} and back. Upstream saves where an epoch
 * ends and continues with the next one, so its file knows epochs and no steps; a gradient still
 * being accumulated is not in it.
 */
public final class UpstreamCheckpoint {

    private static final double BETA1 = 0.9;
    private static final double EPSILON = 1e-8;
    private static final double DEFAULT_BETA2 = 0.999;

    private UpstreamCheckpoint() {}

    /**
     * What was exported.
     *
     * @param source the checkpoint's folder
     * @param epoch the epoch that upstream takes for the last finished one, from 0; -1 for none
     * @param steps those done since, which upstream would do again
     */
    public record Export(Path source, long epoch, int steps) {}

    /** True if {@code folder} is a run's output folder or one of its checkpoints. */
    public static boolean isExportable(Path folder) {
        return Files.exists(folder.resolve(Checkpoint.MANIFEST))
                || RunFolder.isRun(folder)
                || RunFolder.checkpointDir(folder).isPresent();
    }

    /**
     * The newest checkpoint of a run's output folder, also where {@code run.checkpoint.dir} put
     * them elsewhere on this machine, or the folder itself if it is a checkpoint.
     *
     * @throws UsageException if there is none, or they are not on this machine
     */
    public static Path newestIn(Path folder) {
        if (Files.exists(folder.resolve(Checkpoint.MANIFEST))) {
            return folder;
        }
        Optional<Path> own = new RunFolder(folder).newest();
        if (own.isPresent()) {
            return own.get();
        }
        String elsewhere =
                RunFolder.checkpointDir(folder)
                        .orElseThrow(
                                () -> new UsageException(folder + " holds no finished checkpoint"));
        if (RemoteFiles.isRemote(elsewhere)) {
            throw new UsageException(
                    "%s has its checkpoints at %s (run.checkpoint.dir); copy one of them to this machine and name its folder"
                            .formatted(folder, elsewhere));
        }
        Path there = Path.of(elsewhere.replaceFirst("^file://(?=/)", ""));
        return new CheckpointFolder(Store.at(elsewhere))
                .finished().stream()
                        .findFirst()
                        .map(step -> there.resolve(CheckpointFolder.name(step)))
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                "%s holds no finished checkpoint; the run of %s puts them there (run.checkpoint.dir)"
                                                        .formatted(elsewhere, folder)));
    }

    /**
     * Writes a checkpoint, or the newest one of a run's output folder, as upstream would.
     *
     * @throws UsageException if there is none, or it is damaged
     */
    public static Export export(Path folder, Path out) {
        Path source = newestIn(folder);
        Checkpoint checkpoint = Checkpoint.read(source);
        TrainState state = checkpoint.state();
        MiniGpt4Pth file = of(state, checkpoint.config());
        file.write(out);
        long steps = state.step() - (file.epoch() + 1) * stepsPerEpoch(checkpoint.config());
        return new Export(source, file.epoch(), Math.toIntExact(steps));
    }

    /**
     * The file that upstream would write.
     *
     * @param config the run's merged configuration
     */
    public static MiniGpt4Pth of(TrainState state, Map<String, Object> config) {
        Map<?, ?> run = config.get("run") instanceof Map<?, ?> map ? map : Map.of();
        // Upstream sets the rate again before each step, so what stands here never acts.
        double rate = state.step() == 0 ? number(run, "init_lr", 0) : state.means().lastRate();
        double beta2 = number(run, "beta2", DEFAULT_BETA2);
        double decay = number(run, "weight_decay", 0);
        var decayed = new MiniGpt4Pth.Group(rate, BETA1, beta2, EPSILON, decay);
        var plain = new MiniGpt4Pth.Group(rate, BETA1, beta2, EPSILON, 0);
        Map<String, TorchTensor> model = new LinkedHashMap<>();
        Map<String, MiniGpt4Pth.Slot> slots = new LinkedHashMap<>();
        for (TrainableTensor tensor : state.carried().set().tensors()) {
            model.put(tensor.name(), tensor(state.carried(), tensor));
        }
        for (TrainableTensor tensor : state.trainable().set().tensors()) {
            model.put(tensor.name(), tensor(state.trainable(), tensor));
            slots.put(
                    tensor.name(),
                    new MiniGpt4Pth.Slot(
                            state.updates(),
                            tensor(state.firstMoment(), tensor),
                            tensor(state.secondMoment(), tensor),
                            tensor.decays() ? decayed : plain));
        }
        return new MiniGpt4Pth(
                model,
                Optional.of(new MiniGpt4Pth.Optimizer(slots)),
                scaler(state.scaler()),
                wholeNumbers(config),
                state.step() / stepsPerEpoch(config) - 1L);
    }

    /**
     * Where upstream would go on from the file: at the start of the next epoch. Its files do not
     * know how much data was drawn; here it continues after what so many steps take.
     *
     * @param name of the file, with the setting that named it, for messages
     * @param stepsPerEpoch steps of an epoch
     * @param microBatches micro-batches of a step
     * @throws UsageException if it has no optimizer, or one of another kind
     */
    public static TrainState state(
            MiniGpt4Pth file, String name, int stepsPerEpoch, int microBatches) {
        MiniGpt4Pth.Optimizer optimizer =
                file.optimizer()
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                name
                                                        + " has weights but no optimizer, so no run"
                                                        + " can continue from it; name it as"
                                                        + " model.ckpt to start a new one from its"
                                                        + " weights"));
        for (MiniGpt4Pth.Slot slot : optimizer.slots().values()) {
            MiniGpt4Pth.Group group = slot.group();
            if (group.beta1() != BETA1 || group.eps() != EPSILON) {
                throw new UsageException(
                        "%s: its AdamW ran with beta1 %s and eps %s; here they are %s and %s"
                                .formatted(name, group.beta1(), group.eps(), BETA1, EPSILON));
            }
        }
        List<TrainableTensor> learns = new ArrayList<>();
        List<TrainableTensor> carried = new ArrayList<>();
        file.model()
                .forEach(
                        (key, value) ->
                                (optimizer.slots().containsKey(key) ? learns : carried)
                                        .add(new TrainableTensor(key, new Shape(value.shape()))));
        TrainableSet set = new TrainableSet(learns);
        int steps = Math.toIntExact(Math.multiplyExact(file.epoch() + 1, stepsPerEpoch));
        return new TrainState(
                steps,
                (long) steps * microBatches,
                Math.toIntExact(projectionStep(optimizer)),
                microBatches,
                values(set, key -> file.model().get(key)),
                values(set, key -> optimizer.slots().get(key).expAvg()),
                values(set, key -> optimizer.slots().get(key).expAvgSq()),
                new TrainableValues(set, new float[set.length()]),
                file.scaler()
                        .map(s -> new ScalerState(true, (float) s.scale(), (int) s.growthTracker()))
                        .orElse(ScalerState.INITIAL),
                RunningMeans.NONE,
                values(new TrainableSet(carried), key -> file.model().get(key)));
    }

    private static long projectionStep(MiniGpt4Pth.Optimizer optimizer) {
        return optimizer.slots().entrySet().stream()
                .filter(slot -> TrainableSet.isProjection(slot.getKey()))
                .findFirst()
                .orElseThrow()
                .getValue()
                .step();
    }

    private static Optional<MiniGpt4Pth.Scaler> scaler(ScalerState state) {
        return state.enabled()
                ? Optional.of(
                        new MiniGpt4Pth.Scaler(
                                state.scale(),
                                ScalerState.GROWTH,
                                ScalerState.BACKOFF,
                                ScalerState.GROWTH_INTERVAL,
                                state.growthTracker()))
                : Optional.empty();
    }

    private static TrainableValues values(TrainableSet set, Function<String, TorchTensor> tensors) {
        TrainableValues values = new TrainableValues(set, new float[set.length()]);
        for (TrainableTensor tensor : set.tensors()) {
            values.put(tensor.name(), floats(tensors.apply(tensor.name())));
        }
        return values;
    }

    private static float[] floats(TorchTensor tensor) {
        ByteBuffer bytes = tensor.read();
        float[] values = new float[bytes.remaining() / tensor.dtype().size()];
        tensor.dtype().widen(bytes, FloatBuffer.wrap(values));
        return values;
    }

    private static TorchTensor tensor(TrainableValues values, TrainableTensor tensor) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(tensor.length() * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values.of(tensor));
        return TorchTensor.of(DType.F32, tensor.shape().getShape(), bytes);
    }

    private static int stepsPerEpoch(Map<String, Object> config) {
        Map<?, ?> run = config.get("run") instanceof Map<?, ?> map ? map : Map.of();
        return (int) number(run, "iters_per_epoch", RunConfig.DEFAULT_STEPS_PER_EPOCH);
    }

    private static double number(Map<?, ?> run, String key, double otherwise) {
        return run.get(key) instanceof Number number ? number.doubleValue() : otherwise;
    }

    /** JSON gives every number back as a double; Python's code counts with whole ones. */
    private static Map<String, Object> wholeNumbers(Map<?, ?> map) {
        var whole = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> whole.put(String.valueOf(key), wholeNumber(value)));
        return whole;
    }

    private static Object wholeNumber(Object value) {
        if (value instanceof Map<?, ?> map) {
            return wholeNumbers(map);
        }
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>();
            list.forEach(item -> items.add(wholeNumber(item)));
            return items;
        }
        if (value instanceof Double number && number == Math.rint(number) && number < 1L << 53) {
            return number.longValue();
        }
        return value;
    }
}
