package org.minigpt4j.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** What PyTorch's GradScaler does with its scale, done by PyTorch itself. */
public final class TorchGradScaler implements AutoCloseable {

    private final NDManager manager = NDManager.newBaseManager();
    private final PtSymbolBlock module;
    private final NDArray scale;
    private final NDArray tracker;

    /** With GradScaler's default factors. */
    public TorchGradScaler(float scale) throws IOException {
        byte[] archive = KernelArchive.of(KernelArchive.text("grad_scaler.py", "linear_aten.py"));
        module =
                JniUtils.loadModule(
                        (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
        this.scale = manager.create(new float[] {scale});
        tracker = manager.zeros(new Shape(1), DataType.INT32);
    }

    /** After an update whose gradient was finite, or not. */
    public void update(boolean finite) {
        try (NDArray found = manager.create(new float[] {finite ? 0 : 1});
                IValue a = IValue.from((PtNDArray) scale);
                IValue b = IValue.from((PtNDArray) tracker);
                IValue c = IValue.from((PtNDArray) found);
                IValue growth = IValue.from(2.0);
                IValue backoff = IValue.from(0.5);
                IValue interval = IValue.from(2000L)) {
            IValueUtils.runMethod(module, "update", a, b, c, growth, backoff, interval).close();
        }
    }

    /** The factor on the loss. */
    public float scale() {
        return scale.getFloat();
    }

    /** Good updates since it last changed. */
    public int growthTracker() {
        return tracker.getInt();
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }
}
