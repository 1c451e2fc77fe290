package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** What a device reaches in one large matrix product: a ceiling to measure training against. */
public final class MatmulCeiling {

    private static final int CPU_SIDE = 1024;
    private static final int GPU_SIDE = 8192;
    private static final int TRIES = 8;

    private MatmulCeiling() {}

    /** Operations a second of the best of a few square products of the side a device needs. */
    public static double measure(Backbone backbone, ComputePrecision precision) {
        boolean gpu = backbone.manager().getDevice().isGpu();
        return measure(backbone, precision, gpu ? GPU_SIDE : CPU_SIDE);
    }

    /** As {@link #measure(Backbone, ComputePrecision)}, for matrices of n by n. */
    public static double measure(Backbone backbone, ComputePrecision precision, int n) {
        double best = Double.MAX_VALUE;
        try (NDManager manager = backbone.manager().newSubManager()) {
            NDArray x = backbone.cast(manager.randomNormal(new Shape(n, n)), precision);
            NDArray y = backbone.cast(manager.randomNormal(new Shape(n, n)), precision);
            for (int i = 0; i < TRIES; i++) {
                long begin = System.nanoTime();
                try (NDArray product = backbone.matmul(x, y)) {
                    backbone.await(product);
                }
                best = Math.min(best, (System.nanoTime() - begin) / 1e9);
            }
        }
        return 2.0 * n * n * n / best;
    }
}
