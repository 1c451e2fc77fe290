package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a file whose keys begin with a prefix; the prefix is removed from the keys. */
public final class BelowPrefix implements TensorSource {

    private final TensorSource source;
    private final String prefix;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    /** Takes ownership of {@code source}. */
    public BelowPrefix(TensorSource source, String prefix) {
        this.source = source;
        this.prefix = prefix;
        source.tensors()
                .forEach(
                        (key, info) -> {
                            if (key.startsWith(prefix)) {
                                String rest = key.substring(prefix.length());
                                tensors.put(rest, new TensorInfo(rest, info.dtype(), info.shape()));
                            }
                        });
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public ByteBuffer read(String key) {
        return source.read(prefix + key);
    }

    @Override
    public String fileOf(String key) {
        return source.fileOf(prefix + key);
    }

    @Override
    public void close() {
        source.close();
    }
}
