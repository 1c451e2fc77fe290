package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Fills a {@link FrozenBlock} from a file, one tensor at a time: mapped, copied to the device and
 * there turned into the dtype it is kept in, in its rows of the weight it belongs to. So no more
 * than one tensor is in memory in addition to what stays. Keys the block does not ask for are
 * ignored, as the reference ignores them.
 */
public final class WeightLoader {

    private static final int MOST_SHOWN = 3;
    private static final int INT8 = 1; // c10/core/ScalarType.h: Char

    private final NDManager manager;
    private final Kernels kernels;
    private final ComputePrecision precision;
    private final boolean int8;
    private final Progress progress;
    private final NDArray none;

    /**
     * Where tensors are widened. There is one, used again and again: freeing a direct buffer takes
     * a garbage collection, so one per tensor would pile up.
     */
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    /** Told of every tensor read: its key and its bytes in the file. */
    @FunctionalInterface
    public interface Progress {
        /** One more tensor is in place. */
        void loaded(String key, long bytes);
    }

    /**
     * A loader onto {@code manager}'s device.
     *
     * @param precision dtype of linear maps and their biases
     * @param int8 keep what the block declared {@link FrozenBlock#scalable} as int8
     */
    public WeightLoader(
            NDManager manager,
            Kernels kernels,
            ComputePrecision precision,
            boolean int8,
            Progress progress) {
        this.manager = manager;
        this.kernels = kernels;
        this.precision = precision;
        this.int8 = int8;
        this.progress = progress;
        none = manager.create(new Shape(0), DataType.FLOAT32);
    }

    /**
     * Says, from headers alone, what of {@code block} the source lacks or holds in another shape.
     *
     * @param setting the configuration key that named the file, with its place, for the messages
     * @return one sentence per fault, empty if everything fits
     */
    public static List<String> check(FrozenBlock block, TensorSource source, String setting) {
        List<String> faults = new ArrayList<>();
        Map<String, TensorInfo> tensors = source.tensors();
        if (RandomWeights.tensors(block).stream().noneMatch(t -> tensors.containsKey(t.key()))) {
            return List.of(stranger(block, source, setting));
        }
        for (Parameter parameter : block.getDirectParameters().values()) {
            KeyPattern pattern = KeyPattern.of(parameter.getName());
            for (String key : pattern.keys()) {
                long[] expected = pattern.partShape(key, parameter.getShape().getShape());
                TensorInfo found = tensors.get(key);
                if (source.unread().containsKey(key)) {
                    faults.add(
                            "%s: %s: %s is %s, a type that is not read; convert it to F16 or F32"
                                    .formatted(
                                            setting, place(source), key, source.unread().get(key)));
                } else if (found == null) {
                    faults.add(
                            "%s: %s has no tensor %s, which should be %s"
                                    .formatted(setting, place(source), key, new Shape(expected)));
                } else if (!block.accepts(parameter, found.shape(), expected)) {
                    faults.add(
                            setting
                                    + ": "
                                    + source.fileOf(key)
                                    + ": "
                                    + key
                                    + " is "
                                    + new Shape(found.shape())
                                    + ", the configuration asks for "
                                    + new Shape(expected));
                }
            }
        }
        List<String> sizes =
                block.sizes(tensors).stream()
                        .filter(WeightSize::differs)
                        .map(WeightSize::toString)
                        .toList();
        return faults.size() > MOST_SHOWN && !sizes.isEmpty()
                ? List.of(
                        "%s: %s: the file has %s"
                                .formatted(setting, place(source), String.join("; ", sizes)),
                        faults.get(0))
                : faults;
    }

    /** A file without a single tensor of the block says whose it is. */
    private static String stranger(FrozenBlock block, TensorSource source, String setting) {
        return WeightOwner.of(source)
                .map(
                        found ->
                                "%s: %s holds %s, where %s is due; %s names such a file"
                                        .formatted(
                                                setting,
                                                place(source),
                                                found.words(),
                                                block.owner().words(),
                                                found.setting()))
                .orElseGet(
                        () ->
                                "%s: %s holds none of the weights of %s; it has %s"
                                        .formatted(
                                                setting,
                                                place(source),
                                                block.owner().words(),
                                                ForeignText.list(source.tensors().keySet(), 3)));
    }

    /** The file of a source, or the folder of its shards. */
    private static String place(TensorSource source) {
        Set<String> files =
                source.tensors().keySet().stream()
                        .map(source::fileOf)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (files.size() == 1) {
            return files.iterator().next();
        }
        return files.isEmpty()
                ? "a file without tensors"
                : "the folder " + Path.of(files.iterator().next()).getParent();
    }

    /**
     * Reads every weight of {@code block}.
     *
     * @throws UsageException with all faults that {@link #check} finds, before anything is read
     */
    public void load(FrozenBlock block, TensorSource source, String setting) {
        load(block, source, setting, parameter -> true);
    }

    /**
     * As above, and keeps the int8 weights in a folder, or reads them there.
     *
     * @param model the model's folder, which gives the copy its name
     */
    void load(FrozenBlock block, TensorSource source, String setting, Path model, Path copies) {
        requireFit(block, source, setting);
        List<String> keys =
                block.getDirectParameters().values().stream()
                        .filter(block::isScalable)
                        .flatMap(parameter -> KeyPattern.of(parameter.getName()).keys().stream())
                        .toList();
        try (Int8Copy copy = Int8Copy.open(copies, model, source, keys)) {
            fill(block, source, parameter -> true, copy);
            copy.commit();
        }
    }

    /** As above, but reads only the weights that are {@code wanted}. */
    void load(FrozenBlock block, TensorSource source, String setting, Predicate<Parameter> wanted) {
        requireFit(block, source, setting);
        fill(block, source, wanted, null);
    }

    private static void requireFit(FrozenBlock block, TensorSource source, String setting) {
        List<String> faults = check(block, source, setting);
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n", summary(faults)));
        }
    }

    private void fill(
            FrozenBlock block, TensorSource source, Predicate<Parameter> wanted, Int8Copy copy) {
        for (Parameter parameter : block.getDirectParameters().values()) {
            if (!wanted.test(parameter)) {
                continue;
            }
            if (block.interpolates(parameter, source)) {
                block.fill(parameter, block.interpolate(read(parameter.getName(), source)), none);
            } else if (int8 && block.isScalable(parameter)) {
                loadInt8(block, parameter, source, copy);
            } else {
                block.fill(parameter, assembled(parameter, source), none);
            }
        }
    }

    /** The parts of a weight, each copied into its rows as it is read. */
    private NDArray assembled(Parameter parameter, TensorSource source) {
        boolean linear =
                parameter.getType() == Parameter.Type.WEIGHT
                        || parameter.getType() == Parameter.Type.BIAS;
        ComputePrecision kept = linear ? precision : ComputePrecision.FP32;
        NDArray whole = zeros(parameter.getShape(), kept.scalarType());
        forEachPart(parameter, source, (row, part) -> setRows(whole, row, part));
        return whole;
    }

    /** The parts of a weight, each turned into int8 straight from its file. */
    private void loadInt8(
            FrozenBlock block, Parameter parameter, TensorSource source, Int8Copy copy) {
        KeyPattern pattern = KeyPattern.of(parameter.getName());
        long[] shape = parameter.getShape().getShape();
        NDArray whole = empty(parameter.getShape(), INT8);
        NDArray scales = empty(new Shape(shape[0]), ComputePrecision.FP32.scalarType());
        int columns = Math.toIntExact(parameter.getShape().size() / shape[0]);
        // Memory of the processor is written in place.
        boolean here = !manager.getDevice().isGpu() && whole.size() <= Integer.MAX_VALUE;
        ByteBuffer allBytes = here ? whole.toByteBuffer(true) : null;
        ByteBuffer allScales = here ? scales.toByteBuffer(true) : null;
        int row = 0;
        for (String key : pattern.keys()) {
            int rows = Math.toIntExact(pattern.partShape(key, shape)[0]);
            ByteBuffer bytes =
                    here ? allBytes.slice(row * columns, rows * columns) : staging(rows * columns);
            ByteBuffer factors =
                    here
                            ? allScales.slice(row * Float.BYTES, rows * Float.BYTES)
                            : ByteBuffer.allocateDirect(rows * Float.BYTES);
            quantized(key, source, columns, bytes, factors.order(ByteOrder.LITTLE_ENDIAN), copy);
            if (!here) {
                try (NDArray part = onDevice(bytes, new Shape(rows, columns), DataType.INT8);
                        NDArray factor = onDevice(factors, new Shape(rows), DataType.FLOAT32)) {
                    setRows(whole, row, part);
                    setRows(scales, row, factor);
                }
            }
            row += rows;
        }
        block.fill(parameter, whole, scales);
    }

    /** One tensor in int8, out of the copy that is kept, or made of the source's. */
    private void quantized(
            String key,
            TensorSource source,
            int columns,
            ByteBuffer bytes,
            ByteBuffer scales,
            Int8Copy copy) {
        TensorInfo info = floating(key, source);
        if (copy != null && copy.isThere()) {
            bytes.put(copy.read(key)).rewind();
            scales.put(copy.scales(key)).rewind();
        } else {
            ByteBuffer matrix = source.read(key);
            Int8Rows.quantize(info.dtype(), matrix, columns, bytes, scales.asFloatBuffer());
            if (copy != null) {
                copy.keep(key, matrix, bytes, scales);
            }
        }
        progress.loaded(key, info.byteLength());
    }

    /** Takes a part of a weight and the row where it begins; the part is closed afterwards. */
    @FunctionalInterface
    private interface PartTaker {
        void take(long row, NDArray part);
    }

    private void forEachPart(Parameter parameter, TensorSource source, PartTaker taker) {
        KeyPattern pattern = KeyPattern.of(parameter.getName());
        long row = 0;
        for (String key : pattern.parts()) {
            if (!key.equals(KeyPattern.ZEROS)) {
                try (NDArray part = read(key, source)) {
                    taker.take(row, part);
                }
            }
            row += pattern.partShape(key, parameter.getShape().getShape())[0];
        }
    }

    private NDArray empty(Shape shape, int type) {
        return kernels.callOne(manager, "empty", shape.getShape(), type, none);
    }

    private NDArray zeros(Shape shape, int type) {
        return kernels.callOne(manager, "zeros", shape.getShape(), type, none);
    }

    private void setRows(NDArray whole, long row, NDArray part) {
        kernels.callOne(manager, "set_rows", whole, row, part).close();
    }

    /** The first faults and the number of the others: a wrong file has hundreds of one kind. */
    public static List<String> summary(List<String> faults) {
        int shown = Math.min(faults.size(), MOST_SHOWN);
        List<String> lines = new ArrayList<>(faults.subList(0, shown));
        if (faults.size() > shown) {
            lines.add("... and " + (faults.size() - shown) + " more of the same file");
        }
        return lines;
    }

    /** Bytes in the source of everything that {@code block} asks for. */
    static long bytes(FrozenBlock block, TensorSource source) {
        return block.getDirectParameters().values().stream()
                .flatMap(parameter -> KeyPattern.of(parameter.getName()).keys().stream())
                .mapToLong(key -> source.tensors().get(key).byteLength())
                .sum();
    }

    /** One tensor in float32, or in float16 if the file has it so. */
    private NDArray read(String key, TensorSource source) {
        TensorInfo info = floating(key, source);
        Shape shape = new Shape(info.shape());
        ByteBuffer bytes = source.read(key);
        NDArray array =
                switch (info.dtype()) {
                    case F32 -> onDevice(bytes, shape, DataType.FLOAT32);
                    case F16 -> onDevice(bytes, shape, DataType.FLOAT16);
                    default -> onDevice(widened(info, bytes), shape, DataType.FLOAT32);
                };
        progress.loaded(key, info.byteLength());
        return array;
    }

    private static TensorInfo floating(String key, TensorSource source) {
        TensorInfo info = source.tensors().get(key);
        if (!info.dtype().isFloat()) {
            throw new UsageException(
                    "%s: %s holds %s; weights are floating-point numbers"
                            .formatted(source.fileOf(key), key, info.dtype()));
        }
        return info;
    }

    /** On a CPU the array shares the buffer's memory, and keeps it alive until it is closed. */
    private NDArray onDevice(ByteBuffer bytes, Shape shape, DataType type) {
        if (manager.getDevice().isGpu()) {
            try (NDManager cpu = NDManager.newBaseManager(Device.cpu())) {
                NDArray there = cpu.create(bytes, shape, type).toDevice(manager.getDevice(), true);
                there.attach(manager);
                return there;
            }
        }
        return manager.create(bytes, shape, type);
    }

    /** DJL itself knows no bfloat16; a double has nothing more that the models need. */
    private ByteBuffer widened(TensorInfo info, ByteBuffer bytes) {
        ByteBuffer wide = staging(Math.toIntExact(info.elements() * Float.BYTES));
        info.dtype().widen(bytes, wide.asFloatBuffer());
        return wide;
    }

    private ByteBuffer staging(int length) {
        if (staging.capacity() < length) {
            staging = ByteBuffer.allocateDirect(length);
        }
        return staging.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
