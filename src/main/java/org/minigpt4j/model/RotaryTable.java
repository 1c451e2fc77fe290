package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import java.util.function.DoubleUnaryOperator;

/**
 * Cosines and sines of LLaMA's rotary positions (Su et al., RoFormer, 2021), in float32 as the
 * reference computes them: angle = position * base^(-2j / headDim), the frequencies laid out twice,
 * so that channel j turns with channel j + headDim / 2.
 */
public final class RotaryTable {

    private final int headDim;
    private final float[] frequencies;

    /** Tables for a model of these sizes. */
    public RotaryTable(LlamaDims dims) {
        this(dims.headDim(), dims.ropeTheta(), dims.ropeScaling());
    }

    RotaryTable(int headDim, double base, RopeScaling scaling) {
        this.headDim = headDim;
        frequencies = new float[headDim / 2];
        for (int j = 0; j < frequencies.length; j++) {
            float exponent = (2f * j) / headDim;
            frequencies[j] = scaling.stretched(1f / (float) Math.pow(base, exponent));
        }
    }

    /** The tables for positions 0 to tokens - 1, beside the mask that goes with them. */
    Positions at(NDManager manager, int tokens, NDArray mask) {
        return new Positions(cos(manager, tokens), sin(manager, tokens), mask);
    }

    /** Cosines of positions 0 to tokens - 1, float32 [tokens, headDim]. */
    public NDArray cos(NDManager manager, int tokens) {
        return table(manager, tokens, Math::cos);
    }

    /** Sines of positions 0 to tokens - 1, float32 [tokens, headDim]. */
    public NDArray sin(NDManager manager, int tokens) {
        return table(manager, tokens, Math::sin);
    }

    private NDArray table(NDManager manager, int tokens, DoubleUnaryOperator function) {
        float[] values = new float[tokens * headDim];
        int half = headDim / 2;
        for (int position = 0; position < tokens; position++) {
            for (int j = 0; j < half; j++) {
                float angle = position * frequencies[j];
                int k = position * headDim + j;
                values[k] = (float) function.applyAsDouble(angle);
                values[k + half] = values[k];
            }
        }
        return manager.create(values, new Shape(tokens, headDim));
    }

    /**
     * What a layer must know of positions.
     *
     * @param cos float32 [tokens, headDim]
     * @param sin float32 [tokens, headDim]
     * @param mask additive attention mask, float32 [1 or b, 1, tokens, tokens]
     */
    record Positions(NDArray cos, NDArray sin, NDArray mask) implements AutoCloseable {
        @Override
        public void close() {
            cos.close();
            sin.close();
            mask.close();
        }
    }
}
