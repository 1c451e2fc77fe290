package org.minigpt4j.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The TorchScript methods of {@code kernels.py}, callable from Java. The module holds no tensors,
 * so one instance serves every model, device and thread. Calls keep no graph, but for {@link
 * #learn}: whatever a kernel returns is a constant to autograd, and the frozen parts' gradients are
 * kernels of their own.
 */
public final class Kernels implements AutoCloseable {

    private static final Pattern DEFINITION =
            Pattern.compile("def (\\w+)\\(self: __torch__\\.Kernels([^)]*)\\) ->");
    private static final Pattern PARAMETER = Pattern.compile(",\\s*\\w+: ");

    private static final String METHOD = "module_method:";

    private final NDManager manager;
    private final PtSymbolBlock module;

    /** No numbers. */
    private final NDArray none;

    /** How many arguments each kernel takes. */
    private final Map<String, Integer> arities;

    /** Compiles the kernels for {@code parent}'s device. */
    public Kernels(NDManager parent) {
        this(parent, LinearMaps.of(parent));
    }

    /** Compiles the kernels with a certain text for the linear maps. */
    Kernels(NDManager parent, LinearMaps linear) {
        manager = parent.newSubManager();
        none = manager.create(new Shape(0), DataType.FLOAT32);
        String text = KernelArchive.text("kernels.py", linear.text());
        arities = arities(text);
        byte[] archive = KernelArchive.of(text);
        try {
            module =
                    JniUtils.loadModule(
                            (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Integer> arities(String text) {
        return DEFINITION
                .matcher(text)
                .results()
                .collect(
                        Collectors.toMap(
                                definition -> definition.group(1),
                                definition ->
                                        (int)
                                                PARAMETER
                                                        .matcher(definition.group(2))
                                                        .results()
                                                        .count()));
    }

    /**
     * The kernel of this name.
     *
     * @param arguments how many the caller will give it
     * @throws IllegalArgumentException if the text has no such kernel, or it takes more or fewer
     */
    public Kernel kernel(String name, int arguments) {
        Integer takes = arities.get(name);
        if (takes == null || takes != arguments) {
            throw new IllegalArgumentException(
                    takes == null
                            ? "there is no kernel %s".formatted(name)
                            : "kernel %s takes %s arguments, not %s"
                                    .formatted(
                                            name, takes.toString(), Integer.toString(arguments)));
        }
        return new Kernel(name, arguments);
    }

    /** As {@link #callAll(NDManager, Kernel, Object...)}, looking the kernel up. */
    public NDList callAll(NDManager results, String name, Object... arguments) {
        return callAll(results, kernel(name, arguments.length), arguments);
    }

    /**
     * Runs one kernel. Arguments are {@link NDArray}, {@link Integer}, {@link Long} or {@link
     * Double}, {@code long[]} or {@link NDList}; the results belong to {@code results}. An array
     * may be a bfloat16 handle, which only kernels can read.
     */
    public NDList callAll(NDManager results, Kernel kernel, Object... arguments) {
        if (arguments.length != kernel.arguments()) {
            throw new IllegalArgumentException(
                    "%s, called with %s".formatted(kernel, Integer.toString(arguments.length)));
        }
        // Thread-local in PyTorch. Lengths vary from batch to batch, and the profiling executor
        // would compile again for each.
        JniUtils.setGraphExecutorOptimize(false);
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = value(arguments[i]);
            }
            try (IValue result = IValueUtils.runMethod(module, kernel.name(), values)) {
                return result.toNDList((PtNDManager) results);
            }
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    /**
     * Runs a kernel of tensors alone, and keeps the graph: gradients reach the arguments that
     * require one. A bfloat16 handle may be among them.
     */
    public NDArray learn(NDManager results, Kernel kernel, List<NDArray> arguments) {
        if (arguments.size() != kernel.arguments()) {
            throw new IllegalArgumentException(
                    "%s, called with %s".formatted(kernel, Integer.toString(arguments.size())));
        }
        JniUtils.setGraphExecutorOptimize(false);
        // DJL chooses the method by the name of an array, and the results follow the first one.
        try (NDArray method = results.create(0f)) {
            method.setName(METHOD + kernel.name());
            NDList inputs = new NDList(arguments.size() + 1);
            inputs.add(method);
            inputs.addAll(arguments);
            NDArray result = IValueUtils.forward(module, inputs, true).singletonOrThrow();
            result.attach(results);
            return result;
        }
    }

    /** {@link #callAll(NDManager, String, Object...)} for a kernel with one result. */
    public NDArray callOne(NDManager results, String kernel, Object... arguments) {
        return callAll(results, kernel, arguments).singletonOrThrow();
    }

    /** An empty array, float32 [0], for an argument that stands for nothing. */
    public NDArray none() {
        return none;
    }

    /** Asks a kernel a question that needs no arguments. */
    boolean isTrue(String kernel) {
        try (IValue answer = IValueUtils.runMethod(module, kernel)) {
            return answer.toBoolean();
        }
    }

    /** Asks a kernel for a whole number. */
    public long number(String kernel, NDArray argument) {
        try (IValue value = IValue.from((PtNDArray) argument);
                IValue answer = IValueUtils.runMethod(module, kernel, value)) {
            return answer.toLong();
        }
    }

    static IValue value(Object argument) {
        if (argument instanceof NDArray array) {
            return IValue.from((PtNDArray) array);
        }
        if (argument instanceof long[] list) {
            return IValue.listFrom(list);
        }
        if (argument instanceof NDList tensors) {
            return IValue.listFrom(
                    tensors.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
        }
        if (argument instanceof Double number) {
            return IValue.from(number);
        }
        return IValue.from(((Number) argument).longValue());
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }
}
