package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Creates Vicuna from LLaMA and Vicuna's delta like FastChat's apply_delta: every tensor is the sum
 * of both in half precision. For v0 (FastChat 0.1.10, the Vicuna of MiniGPT-4), LLaMA first gets
 * the token {@code [PAD]}: one more row of zeros in the embedding and in the head. v1.1 is a plain
 * sum. The configuration is LLaMA's with the new vocabulary size; the tokenizer is the delta's.
 * {@code inv_freq} buffers are left out; they must not be read. Only one piece of a tensor is in
 * memory at a time.
 *
 * <p>The sum is computed in single precision and rounded to half. Single precision has more than
 * twice as many bits as half plus two, so rounding twice gives the same result as rounding once
 * (Figueroa, "When is double rounding innocuous?", 1995).
 *
 * @param base the folder of the original LLaMA, in Hugging Face's layout
 * @param delta the folder of the delta
 * @param out the folder to write, which must not contain weights
 * @param version the rule to follow; if empty, it follows from the vocabulary sizes
 */
public record DeltaMerge(Path base, Path delta, Path out, Optional<Version> version) {
    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String HEAD = "lm_head.weight";

    private static final int PIECE = 1 << 20;

    /** The versions of the delta. */
    public enum Version {
        /** The vocabulary grows by one row. */
        V0("v0"),
        /** A plain sum. */
        V1_1("v1.1");

        private final String label;

        Version(String label) {
            this.label = label;
        }

        /** As on the command line: v0 or v1.1. */
        @Override
        public String toString() {
            return label;
        }
    }

    /** The version, the tensors written, and the tokenizer's files. */
    public record Result(Version version, List<TensorInfo> tensors, List<Path> tokenizer) {}

    /**
     * Merges; {@code progress} receives every tensor once it is written.
     *
     * @throws UsageException if the folders do not match; the message gives keys and shapes
     */
    public Result run(Consumer<TensorInfo> progress) {
        try (TensorSource original = TensorSource.open(base);
                TensorSource difference = TensorSource.open(delta)) {
            var pair = new DeltaPair(base, original, delta, difference);
            Version chosen = pair.version(version);
            List<TensorInfo> merged = pair.merged(chosen);
            pair.requireDelta();
            try (var writer = HfFolderWriter.create(out, merged, HfFolderWriter.SHARD_BYTES)) {
                List<Path> tokenizer =
                        new HfSettings(base, delta, out).write(pair.vocabulary(difference));
                for (TensorInfo info : merged) {
                    add(original, difference, info.key(), piece -> writer.write(info.key(), piece));
                    progress.accept(info);
                }
                writer.commit();
                return new Result(chosen, merged, tokenizer);
            }
        }
    }

    /** Passes on the sum piece by piece; rows beyond the base count as zero. */
    private static void add(
            TensorSource base, TensorSource delta, String key, Consumer<ByteBuffer> pieces) {
        DType baseType = base.tensors().get(key).dtype();
        DType deltaType = delta.tensors().get(key).dtype();
        ByteBuffer original = base.read(key);
        ByteBuffer difference = delta.read(key);
        FloatBuffer left = FloatBuffer.allocate(PIECE);
        FloatBuffer right = FloatBuffer.allocate(PIECE);
        ByteBuffer sum = ByteBuffer.allocate(PIECE * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (difference.hasRemaining()) {
            halves(deltaType, difference, right);
            halves(baseType, original, left);
            sum.clear();
            for (int i = 0; i < right.limit(); i++) {
                float before = i < left.limit() ? left.get(i) : 0;
                sum.putShort(Float16.fromFloat(before + right.get(i)));
            }
            pieces.accept(sum.flip());
        }
    }

    /** Converts to half precision, as FastChat does when loading any model. */
    private static void halves(DType dtype, ByteBuffer source, FloatBuffer target) {
        dtype.widen(source, target.clear());
        target.flip();
        if (dtype != DType.F16) {
            for (int i = 0; i < target.limit(); i++) {
                target.put(i, Float16.toFloat(Float16.fromFloat(target.get(i))));
            }
        }
    }
}
