package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** What a device reaches in one large matrix product: a ceiling to measure training against. */
public final class MatmulCeiling {

    private static final int CPU_SIDE = 1024;
    private static final int GPU_SIDE = 8192;
    private static final int TRIES = 5;

    private MatmulCeiling() {}

    /** Operations a second of the best of a few square products. */
    public static double measure(Backbone backbone, ComputePrecision precision) {
        int n = backbone.manager().getDevice().isGpu() ? GPU_SIDE : CPU_SIDE;
        double best = Double.MAX_VALUE;
        try (NDManager manager = backbone.manager().newSubManager()) {
            NDArray x = backbone.cast(manager.randomNormal(new Shape(n, n)), precision);
            NDArray y = backbone.cast(manager.randomNormal(new Shape(n, n)), precision);
            NDArray one = manager.ones(new Shape(1, 1));
            for (int i = 0; i < TRIES; i++) {
                long begin = System.nanoTime();
                NDArray product = backbone.matmul(x, y);
                one.toFloatArray(); // waits for the GPU
                best = Math.min(best, (System.nanoTime() - begin) / 1e9);
                product.close();
            }
        }
        return 2.0 * n * n * n / best;
    }
}
