package org.minigpt4j.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class KernelsTest {

    private static final int FLOAT32 = 6;
    private static final int BFLOAT16 = 15;

    @Test
    void kernelTextCompiles() {
        try (NDManager manager = NDManager.newBaseManager();
                Kernels kernels = new Kernels(manager)) {
            var x = manager.create(new float[] {1, -2, 0.5f}).reshape(1, 3);
            assertEquals(x, float32(kernels, bfloat16(kernels, x)));
        }
    }

    @Test
    void aCallThatDoesNotFitItsKernelIsRefusedByName() {
        try (NDManager manager = NDManager.newBaseManager();
                Kernels kernels = new Kernels(manager)) {
            assertEquals(new Kernel("llama_layer", 17), kernels.kernel("llama_layer", 17));
            assertEquals(
                    "kernel llama_layer takes 17 arguments, not 15",
                    refusal(() -> kernels.kernel("llama_layer", 15)));
            assertEquals("there is no kernel lama", refusal(() -> kernels.kernel("lama", 1)));
            var x = manager.create(new float[] {1, 2});
            assertEquals(
                    "kernel to_dtype takes 2 arguments, not 1",
                    refusal(() -> kernels.callOne(manager, "to_dtype", x)));
            Kernel bound = kernels.kernel("to_dtype", 2);
            assertThrows(IllegalArgumentException.class, () -> kernels.callAll(manager, bound, x));
        }
    }

    private static String refusal(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @ParameterizedTest
    @EnumSource
    void aLargeInt8WeightIsWidenedInBlocksThatGiveTheWholeProduct(LinearMaps text) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Kernels kernels = kernels(manager, text)) {
            manager.getEngine().setRandomSeed(1);
            int out = 1100; // neither size is a multiple of a block
            int in = 8200;
            NDArray x = manager.randomNormal(new Shape(1, 9, in));
            NDArray w =
                    manager.randomUniform(-127, 127, new Shape(out, in))
                            .toType(DataType.INT8, false);
            NDArray scale = manager.randomUniform(0.5f, 1.5f, new Shape(out)).div(in);
            NDArray wide = w.toType(DataType.FLOAT32, false);
            NDArray product = x.matMul(wide.transpose()).mul(scale);
            assertNear(product, kernels.callOne(manager, "linear_scaled", x, w, scale));
            assertNear(
                    product.mul(scale).matMul(wide),
                    kernels.callOne(manager, "linear_scaled_backward", product, w, scale));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTextComputesTheSameLinearMaps(LinearMaps text) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Kernels kernels = kernels(manager, text)) {
            manager.getEngine().setRandomSeed(1);
            NDArray x = manager.randomNormal(new Shape(2, 3, 8));
            for (int width : new int[] {4, 40}) { // the texts may tell narrowing from widening
                NDArray w = manager.randomNormal(new Shape(width, 8));
                NDArray b = manager.randomNormal(new Shape(width));
                NDArray product = x.matMul(w.transpose());
                assertNear(product, kernels.callOne(manager, "linear", x, w));
                assertNear(product.add(b), kernels.callOne(manager, "linear_bias", x, w, b));
                assertNear(gelu(product.add(b)), kernels.callOne(manager, "linear_gelu", x, w, b));
                NDArray residual = manager.randomNormal(product.getShape());
                assertNear(
                        product.add(b).add(residual),
                        kernels.callOne(manager, "linear_add", x, w, b, residual));
                assertNear(
                        product.matMul(w),
                        kernels.callOne(manager, "linear_transposed", product, w));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "ATEN", mode = Mode.EXCLUDE) // its bfloat16 is for GPUs
    void weightsInBfloat16AreWidenedWhereNothingNarrowerComputes(LinearMaps text) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Kernels kernels = kernels(manager, text)) {
            Assumptions.assumeTrue(
                    text != LinearMaps.ONEDNN || kernels.isTrue("computes_bfloat16"),
                    "this CPU has no bfloat16 product");
            NDArray x = bfloat16(kernels, manager.randomNormal(new Shape(6, 8)));
            NDArray w = bfloat16(kernels, manager.randomNormal(new Shape(8, 40)));
            NDArray expected = float32(kernels, x).matMul(float32(kernels, w));
            NDArray found = float32(kernels, kernels.callOne(manager, "matmul", x, w));
            float tolerance = text == LinearMaps.ONEDNN ? 0.1f : 1e-5f;
            assertTrue(expected.sub(found).abs().max().getFloat() < tolerance);
        }
    }

    /** Few rows and many go different ways. */
    @Test
    void bfloat16ProductsOfAnyNumberOfRowsRoundOnce() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Kernels kernels = kernels(manager, LinearMaps.ONEDNN)) {
            Assumptions.assumeTrue(
                    kernels.isTrue("computes_bfloat16"), "this CPU has no bfloat16 product");
            manager.getEngine().setRandomSeed(1);
            NDArray w = bfloat16(kernels, manager.randomNormal(new Shape(96, 64)));
            for (int rows : new int[] {1, 8, 9, 64, 300}) {
                NDArray x = bfloat16(kernels, manager.randomNormal(new Shape(1, rows, 64)));
                assertRough(
                        float32(kernels, x).matMul(float32(kernels, w).transpose()),
                        float32(kernels, kernels.callOne(manager, "linear", x, w)),
                        true);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "ATEN", mode = Mode.EXCLUDE)
    void fewRowsTakeNarrowWeightsAsTheyAreToBfloat16sPrecision(LinearMaps text) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Kernels kernels = kernels(manager, text)) {
            manager.getEngine().setRandomSeed(1);
            NDArray none = manager.create(new Shape(0));
            for (int[] size : new int[][] {{5, 9}, {40, 104}, {96, 64}, {64, 352}}) {
                boolean blocks = size[0] % 32 == 0 && size[1] % 32 == 0;
                NDArray w = manager.randomNormal(new Shape(size[0], size[1]));
                Int8Weight int8 = Int8Weight.of(w);
                NDArray scale = int8.scale();
                NDArray dequantized = float32(kernels, int8.values()).mul(scale.expandDims(1));
                for (int rows : new int[] {1, 8, 9}) {
                    NDArray x = manager.randomNormal(new Shape(rows, 1, size[1]));
                    NDArray found =
                            kernels.callOne(manager, "linear_scaled", x, int8.values(), scale);
                    assertRough(x.matMul(dequantized.transpose()), found, blocks && rows < 9);
                    if (text != LinearMaps.ONEDNN) {
                        NDArray narrow = bfloat16(kernels, w);
                        assertRough(
                                x.matMul(float32(kernels, narrow).transpose()),
                                kernels.callOne(manager, "linear_scaled", x, narrow, none),
                                rows < 9);
                    }
                }
            }
        }
    }

    /** Off by bfloat16's rounding, where that is expected, and by no more than float32's else. */
    private static void assertRough(NDArray expected, NDArray found, boolean rough) {
        assertEquals(expected.getShape(), found.getShape());
        float most = expected.abs().max().getFloat();
        float off = expected.sub(found).abs().max().getFloat() / most;
        assertTrue(rough ? off > 1e-5 && off < 1e-2 : off < 1e-5, "off by " + off);
    }

    @Test
    void aCpuGetsATextItCanRun() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            LinearMaps chosen = LinearMaps.of(manager);
            assertTrue(chosen != LinearMaps.ATEN);
            try (Kernels kernels = new Kernels(manager, chosen)) {
                NDArray one = bfloat16(kernels, manager.ones(new Shape(8, 8)));
                NDArray x = float32(kernels, kernels.callOne(manager, "matmul", one, one));
                assertEquals(8f, x.getFloat(0, 0));
            }
        }
    }

    private static Kernels kernels(NDManager manager, LinearMaps text) {
        try {
            return new Kernels(manager, text);
        } catch (EngineException e) {
            Assumptions.abort("this PyTorch has not all operators of " + text);
            throw e;
        }
    }

    private static NDArray bfloat16(Kernels kernels, NDArray x) {
        return kernels.callOne(x.getManager(), "to_dtype", x, BFLOAT16);
    }

    private static NDArray float32(Kernels kernels, NDArray x) {
        return kernels.callOne(x.getManager(), "to_dtype", x, FLOAT32);
    }

    private static NDArray gelu(NDArray x) {
        return x.mul(x.div(Math.sqrt(2)).erf().add(1)).mul(0.5);
    }

    private static void assertNear(NDArray expected, NDArray found) {
        assertEquals(expected.getShape(), found.getShape());
        assertTrue(expected.sub(found).abs().max().getFloat() < 1e-4f);
    }
}
