package org.minigpt4j.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;

import org.junit.jupiter.api.Test;

class KernelsTest {

    @Test
    void kernelTextCompiles() {
        try (NDManager manager = NDManager.newBaseManager();
                Kernels kernels = new Kernels(manager)) {
            var x = manager.create(new float[] {1, -2, 0.5f}).reshape(1, 3);
            assertEquals(
                    x,
                    kernels.one(manager, "to_dtype", kernels.one(manager, "to_dtype", x, 15), 6));
        }
    }
}
