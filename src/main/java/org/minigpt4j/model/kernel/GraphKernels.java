package org.minigpt4j.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The kernels of the frozen models and a text of one's own that calls them, run with autograd: what
 * trains here is to the last operation what {@link Kernels} runs later. Attention is written out,
 * because the backward pass of the fused one is slow on a CPU.
 */
public final class GraphKernels implements AutoCloseable {

    private static final String FUSED = "return torch.scaled_dot_product_attention(q, k, v)\n";
    private static final String WRITTEN_OUT =
            """
            scale = torch.pow(float(torch.size(q, 3)), -0.5)
                p = torch.softmax(torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), scale), -1)
                return torch.matmul(p, v)
            """;

    private final NDManager manager;
    private final PtSymbolBlock module;
    private final ParameterStore store;

    /**
     * Compiles the kernels with more methods after them.
     *
     * @param methods definitions in the dialect of {@code kernels.py}, indented by two; those that
     *     {@link #forward} calls take and give tensors alone
     */
    public GraphKernels(NDManager parent, String methods) {
        manager = parent.newSubManager();
        store = new ParameterStore(manager, false);
        String text = KernelArchive.text("kernels.py", LinearMaps.ATEN.text());
        if (!text.contains(FUSED)) {
            throw new IllegalStateException("kernels.py computes attention in another way");
        }
        byte[] archive = KernelArchive.of(text.replace(FUSED, WRITTEN_OUT) + "\n" + methods);
        try {
            module =
                    JniUtils.loadModule(
                            (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs a method and keeps the graph of its results.
     *
     * @param inputs belong to one manager, which the results will belong to as well
     */
    public NDList forward(String method, NDList inputs) {
        JniUtils.setGraphExecutorOptimize(false); // thread-local; shapes change from step to step
        try (NDArray name = inputs.head().getManager().create(0f)) {
            name.setName("module_method:" + method);
            NDList all = new NDList(inputs);
            all.add(name);
            return module.forward(store, all, true);
        }
    }

    /** Runs a method without a graph, such as one that changes its inputs in place. */
    public NDArray run(NDManager results, String method, Object... arguments) {
        JniUtils.setGraphExecutorOptimize(false);
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = Kernels.value(arguments[i]);
            }
            try (IValue result = IValueUtils.runMethod(module, method, values)) {
                return result.toNDList((PtNDManager) results).singletonOrThrow();
            }
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }
}
