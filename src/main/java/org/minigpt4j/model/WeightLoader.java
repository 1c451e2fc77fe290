package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.DType;
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
import java.util.stream.Collectors;

/**
 * Fills a {@link FrozenBlock} from a file, one tensor at a time: mapped, copied to the device and
 * there turned into the dtype it is kept in. Keys the block does not ask for are ignored, as the
 * reference ignores them.
 */
public final class WeightLoader {

    private static final int MOST_SHOWN = 3;

    private final NDManager manager;
    private final Kernels kernels;
    private final ComputePrecision precision;
    private final boolean int8;
    private final Progress progress;

    /**
     * Where fused and widened weights are put together. There is one, used again and again: freeing
     * a direct buffer takes a garbage collection, so one per tensor would pile up.
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
        for (Parameter parameter : block.getDirectParameters().values()) {
            KeyPattern pattern = KeyPattern.of(parameter.getName());
            long[] expected = pattern.partShape(parameter.getShape().getShape());
            for (String key : pattern.keys()) {
                TensorInfo found = tensors.get(key);
                if (found == null) {
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
        return faults;
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
        List<String> faults = check(block, source, setting);
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n", summary(faults)));
        }
        NDArray none = manager.create(new Shape(0), DataType.FLOAT32);
        for (Parameter parameter : block.getDirectParameters().values()) {
            NDArray value = read(block, parameter, source);
            if (int8 && block.isScalable(parameter)) {
                var quantized = kernels.call(manager, "quantize_rows", value);
                value.close();
                block.fill(parameter, quantized.get(0), quantized.get(1));
            } else {
                block.fill(parameter, inKeptType(parameter, value), none);
            }
        }
    }

    /** The first faults and the number of the others: a wrong file has hundreds of one kind. */
    static List<String> summary(List<String> faults) {
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

    /** A weight as the file has it: in float16 if all its parts are, else in float32. */
    private NDArray read(FrozenBlock block, Parameter parameter, TensorSource source) {
        KeyPattern pattern = KeyPattern.of(parameter.getName());
        List<TensorInfo> parts = pattern.keys().stream().map(source.tensors()::get).toList();
        parts.forEach(part -> requireFloat(part, source));
        DType dtype = parts.stream().allMatch(p -> p.dtype() == DType.F16) ? DType.F16 : DType.F32;
        boolean asItLies = pattern.parts().size() == 1 && parts.get(0).dtype() == dtype;
        ByteBuffer bytes =
                asItLies ? source.read(parts.get(0).key()) : staged(pattern, parts, dtype, source);
        // Positions on another grid have another shape than the parameter.
        long[] shape = parameter.getShape().getShape();
        Shape whole = new Shape(pattern.parts().size() == 1 ? parts.get(0).shape() : shape);
        DataType type = dtype == DType.F16 ? DataType.FLOAT16 : DataType.FLOAT32;
        NDArray value = onDevice(bytes, whole, type);
        parts.forEach(part -> progress.loaded(part.key(), part.byteLength()));
        return block.adapt(parameter, value);
    }

    private static void requireFloat(TensorInfo part, TensorSource source) {
        if (!part.dtype().isFloat()) {
            throw new UsageException(
                    "%s: %s holds %s; weights are floating-point numbers"
                            .formatted(source.fileOf(part.key()), part.key(), part.dtype()));
        }
    }

    /** The parts one after the other in the staging buffer; DJL itself knows no bfloat16. */
    private ByteBuffer staged(
            KeyPattern pattern, List<TensorInfo> parts, DType dtype, TensorSource source) {
        int part = Math.toIntExact(parts.get(0).elements() * dtype.size());
        int length = Math.multiplyExact(part, pattern.parts().size());
        if (staging.capacity() < length) {
            staging = ByteBuffer.allocateDirect(length);
        }
        ByteBuffer all = staging.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
        Map<String, TensorInfo> byKey =
                parts.stream().collect(Collectors.toMap(TensorInfo::key, p -> p));
        for (int i = 0; i < pattern.parts().size(); i++) {
            ByteBuffer here = all.slice(i * part, part).order(ByteOrder.LITTLE_ENDIAN);
            TensorInfo info = byKey.get(pattern.parts().get(i));
            if (info == null) {
                zero(here);
            } else if (info.dtype() == dtype) {
                here.put(source.read(info.key()));
            } else {
                info.dtype().widen(source.read(info.key()), here.asFloatBuffer());
            }
        }
        return all;
    }

    private static void zero(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            bytes.put((byte) 0);
        }
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

    private NDArray inKeptType(Parameter parameter, NDArray value) {
        boolean linear =
                parameter.getType() == Parameter.Type.WEIGHT
                        || parameter.getType() == Parameter.Type.BIAS;
        int type = linear ? precision.scalarType() : ComputePrecision.FP32.scalarType();
        try (value) {
            return kernels.one(manager, "copy_as", value, type);
        }
    }
}
