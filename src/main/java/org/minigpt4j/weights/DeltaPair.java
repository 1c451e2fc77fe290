package org.minigpt4j.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.weights.DeltaMerge.Version;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A base and a delta, checked against each other before anything is written. */
record DeltaPair(Path basePath, TensorSource base, Path deltaPath, TensorSource delta) {
    private static final int MOST_NAMED = 5;

    /**
     * The version that the vocabulary sizes imply; it must equal {@code wanted} if that is given.
     */
    Version version(Optional<Version> wanted) {
        long have = vocabulary(base);
        long need = vocabulary(delta);
        Version fits = need == have + 1 ? Version.V0 : need == have ? Version.V1_1 : null;
        if (fits == null) {
            throw new UsageException(
                    "%s has %d tokens and %s has %d; a delta has as many as its base (v1.1) or one more (v0)%s"
                            .formatted(
                                    basePath,
                                    have,
                                    deltaPath,
                                    need,
                                    have == need + 1 ? ". Are the two folders swapped?" : ""));
        }
        if (wanted.isPresent() && wanted.get() != fits) {
            throw new UsageException(
                    "%s has %d tokens and %s has %d: that is a delta of %s, not of %s%s"
                            .formatted(
                                    basePath,
                                    have,
                                    deltaPath,
                                    need,
                                    fits,
                                    wanted.get(),
                                    fits == Version.V1_1
                                            ? ", or the base is not the original LLaMA but already merged"
                                            : ""));
        }
        return fits;
    }

    /** The tensors to write, in the order of the base, all in half precision. */
    List<TensorInfo> merged(Version version) {
        requireSameKeys();
        List<String> misfits = new ArrayList<>();
        List<TensorInfo> merged = new ArrayList<>();
        for (TensorInfo info : base.tensors().values()) {
            if (isUnused(info.key())) {
                continue;
            }
            TensorInfo other = delta.tensors().get(info.key());
            long[] grown = info.shape();
            if (version == Version.V0 && isVocabulary(info.key())) {
                grown[0]++;
            }
            if (!Arrays.equals(grown, other.shape())) {
                misfits.add(
                        "%s is %s in the base and %s in the delta"
                                .formatted(
                                        ForeignText.line(info.key()),
                                        Arrays.toString(info.shape()),
                                        Arrays.toString(other.shape())));
            } else if (!info.dtype().isFloat() || !other.dtype().isFloat()) {
                misfits.add(ForeignText.line(info.key()) + " is not a floating-point tensor");
            }
            merged.add(new TensorInfo(info.key(), DType.F16, grown));
        }
        if (!misfits.isEmpty()) {
            throw new UsageException(
                    "%s and %s do not belong together: %s"
                            .formatted(basePath, deltaPath, some(misfits)));
        }
        return merged;
    }

    /**
     * Checks that the delta is not a whole model. A delta is small compared with its base and has
     * another direction. The weights of a model trained from the base have a similar direction as
     * the base; adding them would give a model that outputs garbage.
     */
    void requireDelta() {
        DType baseType = base.tensors().get(DeltaMerge.EMBEDDING).dtype();
        DType deltaType = delta.tensors().get(DeltaMerge.EMBEDDING).dtype();
        ByteBuffer left = base.read(DeltaMerge.EMBEDDING);
        ByteBuffer right = delta.read(DeltaMerge.EMBEDDING);
        FloatBuffer a = FloatBuffer.allocate(1 << 20);
        FloatBuffer b = FloatBuffer.allocate(1 << 20);
        double dot = 0;
        double baseSquares = 0;
        double deltaSquares = 0;
        while (left.hasRemaining()) {
            baseType.widen(left, a.clear());
            deltaType.widen(right, b.clear());
            for (int i = 0; i < a.position(); i++) {
                dot += (double) a.get(i) * b.get(i);
                baseSquares += (double) a.get(i) * a.get(i);
                deltaSquares += (double) b.get(i) * b.get(i);
            }
        }
        if (deltaSquares > baseSquares / 4 && dot > 0.9 * Math.sqrt(baseSquares * deltaSquares)) {
            throw new UsageException(
                    deltaPath
                            + " holds whole weights close to the base's, not a delta: use it as"
                            + " llama_model without merging");
        }
    }

    long vocabulary(TensorSource source) {
        TensorInfo info = source.tensors().get(DeltaMerge.EMBEDDING);
        if (info == null || info.shape().length != 2) {
            throw new UsageException(
                    "%s is not a LLaMA: it has no matrix %s"
                            .formatted(
                                    source == base ? basePath : deltaPath, DeltaMerge.EMBEDDING));
        }
        return info.shape()[0];
    }

    private void requireSameKeys() {
        var missing = new TreeSet<>(base.tensors().keySet());
        missing.removeAll(delta.tensors().keySet());
        missing.removeIf(DeltaPair::isUnused);
        var surplus = new TreeSet<>(delta.tensors().keySet());
        surplus.removeAll(base.tensors().keySet());
        surplus.removeIf(DeltaPair::isUnused);
        if (!missing.isEmpty() || !surplus.isEmpty()) {
            List<String> parts = new ArrayList<>();
            if (!missing.isEmpty()) {
                parts.add("the delta lacks " + some(List.copyOf(missing)));
            }
            if (!surplus.isEmpty()) {
                parts.add("the base lacks " + some(List.copyOf(surplus)));
            }
            throw new UsageException(
                    "%s and %s do not belong together: %s"
                            .formatted(basePath, deltaPath, String.join("; ", parts)));
        }
    }

    private static boolean isVocabulary(String key) {
        return key.equals(DeltaMerge.EMBEDDING) || key.equals(DeltaMerge.HEAD);
    }

    private static boolean isUnused(String key) {
        return key.endsWith(".rotary_emb.inv_freq");
    }

    private static String some(List<String> parts) {
        String shown =
                ForeignText.line(
                        String.join(", ", parts.subList(0, Math.min(MOST_NAMED, parts.size()))));
        return parts.size() <= MOST_NAMED
                ? shown
                : shown + " and " + (parts.size() - MOST_NAMED) + " more";
    }
}
