package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Fills a {@link FrozenBlock} from a file, one tensor at a time: mapped, copied to the device and
 * there turned into the dtype it is kept in. Keys the block does not ask for are ignored, as the
 * reference ignores them.
 */
public final class WeightLoader {

    private final NDManager manager;
    private final Kernels kernels;
    private final ComputePrecision precision;
    private final boolean int8;
    private final Progress progress;

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
                    faults.add(setting + ": the weights have no tensor " + key);
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

    /**
     * Reads every weight of {@code block}.
     *
     * @throws UsageException with all faults that {@link #check} finds, before anything is read
     */
    public void load(FrozenBlock block, TensorSource source, String setting) {
        List<String> faults = check(block, source, setting);
        if (!faults.isEmpty()) {
            throw new UsageException(summary(faults));
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
    public static String summary(List<String> faults) {
        int shown = Math.min(faults.size(), 5);
        String text = String.join("\n", faults.subList(0, shown));
        return faults.size() > shown
                ? text + "\n... and " + (faults.size() - shown) + " more of this file"
                : text;
    }

    /** Bytes in the source of everything that {@code block} asks for. */
    static long bytes(FrozenBlock block, TensorSource source) {
        return block.getDirectParameters().values().stream()
                .flatMap(parameter -> KeyPattern.of(parameter.getName()).keys().stream())
                .mapToLong(key -> source.tensors().get(key).byteLength())
                .sum();
    }

    private NDArray read(FrozenBlock block, Parameter parameter, TensorSource source) {
        KeyPattern pattern = KeyPattern.of(parameter.getName());
        List<NDArray> parts = new ArrayList<>();
        for (String key : pattern.parts()) {
            parts.add(
                    key.equals(KeyPattern.ZEROS)
                            ? manager.zeros(
                                    new Shape(pattern.partShape(parameter.getShape().getShape())))
                            : read(key, source));
        }
        NDArray whole = parts.get(0);
        if (parts.size() > 1) {
            try (var list = new NDList(parts)) {
                whole = NDArrays.concat(list, 0);
            }
        }
        return block.adapt(parameter, whole);
    }

    /** One tensor in float32, or in float16 if the file has it so. */
    private NDArray read(String key, TensorSource source) {
        TensorInfo info = source.tensors().get(key);
        Shape shape = new Shape(info.shape());
        if (!info.dtype().isFloat()) {
            throw new UsageException(
                    "%s: %s holds %s; weights are floating-point numbers"
                            .formatted(source.fileOf(key), key, info.dtype()));
        }
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

    /** DJL knows no bfloat16; nothing of what the models need is lost from a double. */
    private static ByteBuffer widened(TensorInfo info, ByteBuffer bytes) {
        ByteBuffer wide =
                ByteBuffer.allocateDirect(Math.toIntExact(info.elements() * Float.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        info.dtype().widen(bytes, wide.asFloatBuffer());
        return wide;
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
