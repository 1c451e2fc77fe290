package org.minigpt4j.model.kernel;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;

/**
 * Which kernel text computes the linear maps, by what the device can do. A CPU without AVX-512 has
 * no bfloat16 product: oneDNN refuses it and PyTorch's own is far slower than float32. There
 * bfloat16 is how weights are kept, and each is widened for its product.
 */
enum LinearMaps {
    /** PyTorch's own, for GPUs. */
    ATEN("linear_aten.py"),
    /** oneDNN in float32 and bfloat16. */
    ONEDNN("linear_onednn.py"),
    /** float32 products by oneDNN or the BLAS, whichever is ahead; weights may be bfloat16. */
    ONEDNN_WIDE("linear_onednn_wide.py"),
    /** float32 products where PyTorch was built without oneDNN. */
    WIDE("linear_wide.py");

    private final String text;

    LinearMaps(String text) {
        this.text = text;
    }

    /** The name of the resource. */
    String text() {
        return text;
    }

    /** What fits the device of {@code manager}. */
    static LinearMaps of(NDManager manager) {
        if (!"cpu".equals(manager.getDevice().getDeviceType())) {
            return ATEN;
        }
        try (Kernels trial = new Kernels(manager, ONEDNN)) {
            return trial.isTrue("computes_bfloat16") ? ONEDNN : ONEDNN_WIDE;
        } catch (EngineException e) { // a name in the text is unknown to this PyTorch
            return WIDE;
        }
    }
}
