package org.minigpt4j.model.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.Test;
import org.minigpt4j.GpuKernels;
import org.minigpt4j.OnDevice;

import java.util.Arrays;

/** What the kernels of GPUs must not round away. */
@GpuKernels
class ArithmeticTest extends OnDevice {

    private static final int FLOAT32 = 6;
    private static final int FLOAT16 = 5;
    private static final int SIDE = 64;

    /** TF32 keeps 10 bits of a fraction, and a step of 2^-12 would be lost. */
    @Test
    void float32ProductsKeepAllBitsOfTheirFactors() {
        try (NDManager manager = NDManager.newBaseManager(where.device());
                Kernels kernels = GpuText.kernels(manager)) {
            float[] fine = new float[SIDE * SIDE];
            for (int i = 0; i < fine.length; i++) {
                fine[i] = 1 + (i % 97) * 0x1p-12f;
            }
            NDArray x = manager.create(fine, new Shape(SIDE, SIDE));
            NDArray one = manager.eye(SIDE);
            for (NDArray same :
                    new NDArray[] {
                        kernels.callOne(manager, "linear", x, one),
                        kernels.callOne(manager, "linear_transposed", x, one),
                        kernels.callOne(manager, "matmul", x, one)
                    }) {
                assertArrayEquals(
                        fine,
                        same.toFloatArray(),
                        "products are rounded to TF32; is TORCH_ALLOW_TF32_CUBLAS_OVERRIDE set?");
            }
        }
    }

    /** Attention to a single place is that place. */
    @Test
    void float32AttentionKeepsTheBitsThatTf32WouldLose() {
        try (NDManager manager = NDManager.newBaseManager(where.device());
                Kernels kernels = GpuText.kernels(manager)) {
            float[] fine = new float[SIDE];
            for (int i = 0; i < fine.length; i++) {
                fine[i] = 1 + i * 0x1p-12f;
            }
            NDArray v = manager.create(fine, new Shape(1, 1, 1, SIDE));
            assertArrayEquals(
                    fine, kernels.callOne(manager, "attend", v, v, v).toFloatArray(), 1e-6f);
        }
    }

    /** Without its scale a row of 127s times 64s adds up to 520192, and float16 ends at 65504. */
    @Test
    void anInt8WeightStaysWithinFloat16WhereItsValuesDo() {
        float value = 0.05f;
        float tiny = 0x1p-14f;
        try (NDManager manager = NDManager.newBaseManager(where.device());
                Kernels kernels = GpuText.kernels(manager)) {
            NDArray w = filled(manager, SIDE, value);
            Int8Weight int8 = Int8Weight.of(w);
            NDArray x = float16(kernels, filled(manager, 1, SIDE).expandDims(0));
            assertAll(
                    SIDE * SIDE * value,
                    kernels.callOne(manager, "linear_scaled", x, int8.values(), int8.scale()),
                    kernels);
            NDArray gradient = float16(kernels, filled(manager, 1, tiny).expandDims(0));
            assertAll(
                    SIDE * tiny * value,
                    kernels.callOne(
                            manager,
                            "linear_scaled_backward",
                            gradient,
                            int8.values(),
                            int8.scale()),
                    kernels);
        }
    }

    private static NDArray filled(NDManager manager, int rows, float value) {
        float[] values = new float[rows * SIDE];
        Arrays.fill(values, value);
        return manager.create(values, new Shape(rows, SIDE));
    }

    private static NDArray float16(Kernels kernels, NDArray x) {
        return kernels.callOne(x.getManager(), "to_dtype", x, FLOAT16);
    }

    private static void assertAll(float expected, NDArray found, Kernels kernels) {
        NDArray wide = kernels.callOne(found.getManager(), "to_dtype", found, FLOAT32);
        for (float value : wide.toFloatArray()) {
            assertEquals(expected, value, 2e-3 * expected);
        }
    }
}
