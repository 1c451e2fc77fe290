package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state dict of a {@link TorchFile}: the dict under {@code model} (BLIP-2's and MiniGPT-4's
 * files) or {@code state_dict} (Lightning's); else the root (EVA's file, Hugging Face's shards);
 * else the only dict of tensors in the root. If a wrapper prefixed every key with {@code module.}
 * or {@code _orig_mod.}, the prefix is removed. Values that are not tensors are skipped.
 */
final class TorchStateDict implements TensorSource {
    private static final List<String> NAMES = List.of("model", "state_dict");
    private static final List<String> WRAPPERS = List.of("_orig_mod.", "module.", "_orig_mod.");

    private final TorchFile file;
    private final Map<String, TorchTensor> values;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, Object> rest = new LinkedHashMap<>();

    private TorchStateDict(TorchFile file) {
        this.file = file;
        if (!(file.tree() instanceof Map<?, ?> root)) {
            throw new UsageException(
                    "%s: its root is %s, not a dict of tensors"
                            .formatted(file.path(), TreeWords.kind(file.tree())));
        }
        values = unwrapped(tensorsOf(stateDict(root)));
        values.forEach(
                (key, tensor) ->
                        tensors.put(key, new TensorInfo(key, tensor.dtype(), tensor.shape())));
    }

    /** Takes ownership of {@code file}, and closes it if it has no state dict. */
    static TorchStateDict of(TorchFile file) {
        try {
            return new TorchStateDict(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Finds the dict of tensors; its siblings become {@link #rest}. */
    private Map<?, ?> stateDict(Map<?, ?> root) {
        for (String name : NAMES) {
            if (root.get(name) instanceof Map<?, ?> dict && !tensorsOf(dict).isEmpty()) {
                return below(root, name, dict);
            }
        }
        if (!tensorsOf(root).isEmpty()) {
            return root;
        }
        List<Object> found = new ArrayList<>();
        root.forEach(
                (key, value) -> {
                    if (value instanceof Map<?, ?> dict && !tensorsOf(dict).isEmpty()) {
                        found.add(key);
                    }
                });
        if (found.size() != 1) {
            throw new UsageException(
                    "%s: %s; its root has %s. In PyTorch, save only the dict of tensors that you need"
                            .formatted(
                                    file.path(),
                                    found.isEmpty()
                                            ? "no tensors at its root or one level below"
                                            : "tensors are in several dicts",
                                    TreeWords.entries(root)));
        }
        return below(root, found.get(0), (Map<?, ?>) root.get(found.get(0)));
    }

    private Map<?, ?> below(Map<?, ?> root, Object name, Map<?, ?> dict) {
        root.forEach((key, value) -> rest.put(String.valueOf(key), value));
        rest.remove(String.valueOf(name));
        return dict;
    }

    private static Map<String, TorchTensor> tensorsOf(Map<?, ?> dict) {
        Map<String, TorchTensor> tensors = new LinkedHashMap<>();
        dict.forEach(
                (key, value) -> {
                    if (key instanceof String name && value instanceof TorchTensor tensor) {
                        tensors.put(name, tensor);
                    }
                });
        return tensors;
    }

    private static Map<String, TorchTensor> unwrapped(Map<String, TorchTensor> tensors) {
        Map<String, TorchTensor> plain = tensors;
        for (String wrapper : WRAPPERS) {
            if (plain.keySet().stream().allMatch(key -> key.startsWith(wrapper))) {
                Map<String, TorchTensor> bare = new LinkedHashMap<>();
                plain.forEach((key, value) -> bare.put(key.substring(wrapper.length()), value));
                plain = bare;
            }
        }
        return plain;
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
        return Collections.unmodifiableMap(rest);
    }

    @Override
    public void close() {
        file.close();
    }
}
