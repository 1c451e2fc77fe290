package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state dict of a {@link TorchFile}: the dict under {@code model} where there is one (BLIP-2's
 * and MiniGPT-4's files), else the root (EVA's file and Hugging Face's shards). Values that are no
 * tensors are passed over.
 */
final class TorchStateDict implements TensorSource {
    private final TorchFile file;
    private final Map<String, TorchTensor> values = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private TorchStateDict(TorchFile file) {
        this.file = file;
        stateDict(file)
                .forEach(
                        (key, value) -> {
                            if (key instanceof String name && value instanceof TorchTensor tensor) {
                                values.put(name, tensor);
                                tensors.put(
                                        name, new TensorInfo(name, tensor.dtype(), tensor.shape()));
                            }
                        });
        if (tensors.isEmpty()) {
            throw new UsageException(
                    file.path() + ": no tensors, neither at its root nor under 'model'");
        }
    }

    /** Takes over {@code file} and closes it when it holds no state dict. */
    static TorchStateDict of(TorchFile file) {
        try {
            return new TorchStateDict(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static Map<?, ?> stateDict(TorchFile file) {
        if (!(file.tree() instanceof Map<?, ?> root)) {
            throw new UsageException(file.path() + ": its root is not a dict of tensors");
        }
        return root.get("model") instanceof Map<?, ?> model ? model : root;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public ByteBuffer read(String key) {
        TorchTensor tensor = values.get(key);
        if (tensor == null) {
            throw new UsageException(file.path() + " has no tensor " + key);
        }
        return tensor.read();
    }

    @Override
    public String fileOf(String key) {
        return file.path();
    }

    @Override
    public Map<String, Object> rest() {
        var rest = new LinkedHashMap<String, Object>();
        if (file.tree() instanceof Map<?, ?> root && root.get("model") instanceof Map<?, ?>) {
            root.forEach((key, value) -> rest.put(String.valueOf(key), value));
            rest.remove("model");
        }
        return rest;
    }

    @Override
    public void close() {
        file.close();
    }
}
