package org.minigpt4j.model;

import ai.djl.nn.Parameter;

import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.Float16;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes files of random float16 weights in the layouts of the real ones, for measuring and for the
 * small world. A tensor's values depend on the seed and its key alone. Memory is bounded by one
 * buffer: values go to disk as they are drawn.
 *
 * <p>Values are picked from a table of normal draws, 16 random bits each, because a large model has
 * billions of them. Matrices are normal with variance 1 / inputs, so that a signal keeps its size
 * through the depth; norms are one, biases zero.
 */
public final class RandomWeights {

    private static final int TABLE = 1 << 16;
    private static final int CHUNK = 1 << 20;
    private static final double EMBEDDING_DEVIATION = 0.02;

    private final long seed;
    private final double[] normal = draws();
    private final Map<Double, short[]> tables = new HashMap<>();
    private final ByteBuffer chunk =
            ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);

    /** Weights of this seed. */
    public RandomWeights(long seed) {
        this.seed = seed;
    }

    /** The tensors that a block reads, as a file lists them. */
    public static List<TensorInfo> tensors(FrozenBlock block) {
        List<TensorInfo> tensors = new ArrayList<>();
        for (Parameter parameter : block.getDirectParameters().values()) {
            KeyPattern pattern = KeyPattern.of(parameter.getName());
            for (String key : pattern.keys()) {
                long[] shape = pattern.partShape(key, parameter.getShape().getShape());
                tensors.add(new TensorInfo(key, DType.F16, shape));
            }
        }
        return tensors;
    }

    /** Takes the bytes of a tensor piece by piece. */
    @FunctionalInterface
    public interface Sink {
        /** Appends bytes to the tensor {@code key}. */
        void write(String key, ByteBuffer bytes);
    }

    /** Draws all of {@code tensors}, in their order. */
    public void write(List<TensorInfo> tensors, Sink sink) {
        for (TensorInfo tensor : tensors) {
            Values values = values(tensor);
            long left = tensor.elements();
            while (left > 0) {
                chunk.clear();
                int count = (int) Math.min(left, CHUNK / Short.BYTES);
                values.fill(chunk, count);
                sink.write(tensor.key(), chunk.flip());
                left -= count;
            }
        }
    }

    /**
     * The same values as a source to load from, drawn when asked for instead of read. All reads
     * share one buffer, so that a large model does not leave a garbage buffer per tensor: what one
     * read gave holds until the next.
     */
    public TensorSource source(List<TensorInfo> tensors) {
        Map<String, TensorInfo> byKey = new LinkedHashMap<>();
        tensors.forEach(tensor -> byKey.put(tensor.key(), tensor));
        return new TensorSource() {
            @Override
            public Map<String, TensorInfo> tensors() {
                return byKey;
            }

            private ByteBuffer shared;

            @Override
            public ByteBuffer read(String key) {
                if (shared == null) {
                    long largest =
                            tensors.stream().mapToLong(TensorInfo::byteLength).max().orElse(0);
                    shared =
                            ByteBuffer.allocateDirect(Math.toIntExact(largest))
                                    .order(ByteOrder.LITTLE_ENDIAN);
                }
                ByteBuffer all = shared.duplicate().order(ByteOrder.LITTLE_ENDIAN);
                write(List.of(byKey.get(key)), (k, bytes) -> all.put(bytes));
                return all.flip().slice().order(ByteOrder.LITTLE_ENDIAN);
            }

            @Override
            public String fileOf(String key) {
                return "random weights of seed " + seed;
            }

            @Override
            public void close() {}
        };
    }

    /** Puts float16 values into a buffer. */
    private interface Values {
        void fill(ByteBuffer buffer, int count);
    }

    private Values values(TensorInfo tensor) {
        String key = tensor.key();
        boolean norm = key.matches(".*(norm|LayerNorm|ln_vision)[0-9]*\\.(weight|bias)");
        if (key.endsWith("bias")) {
            return constant(0);
        }
        if (norm) {
            return constant(1);
        }
        short[] table = tables.computeIfAbsent(deviation(tensor), this::table);
        var random = new SplittableRandom(seed ^ hash(key));
        return (buffer, count) -> {
            long bits = 0;
            for (int i = 0; i < count; i++) {
                bits = i % 4 == 0 ? random.nextLong() : bits >>> 16;
                buffer.putShort(table[(int) (bits & (TABLE - 1))]);
            }
        };
    }

    private static Values constant(float value) {
        short half = Float16.fromFloat(value);
        return (buffer, count) -> {
            for (int i = 0; i < count; i++) {
                buffer.putShort(half);
            }
        };
    }

    /** One over the root of the inputs; the positions, queries and token tables have none. */
    private static double deviation(TensorInfo tensor) {
        long[] shape = tensor.shape();
        if (tensor.key()
                .matches("cls_token|pos_embed|query_tokens|model\\.embed_tokens\\.weight")) {
            return EMBEDDING_DEVIATION;
        }
        return 1 / Math.sqrt(tensor.elements() / (double) shape[0]);
    }

    private short[] table(double deviation) {
        short[] table = new short[TABLE];
        for (int i = 0; i < TABLE; i++) {
            table[i] = Float16.fromFloat((float) (normal[i] * deviation));
        }
        return table;
    }

    /** Normal draws in pairs of opposite sign, so that their mean is zero. */
    private static double[] draws() {
        double[] values = new double[TABLE];
        var random = new SplittableRandom(0);
        for (int i = 0; i < TABLE; i += 2) {
            values[i] = random.nextGaussian();
            values[i + 1] = -values[i];
        }
        return values;
    }

    /** 64-bit FNV-1a. */
    private static long hash(String key) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }
}
