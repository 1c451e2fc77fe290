package org.minigpt4j.weights;

import org.minigpt4j.io.AtomicFile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file without holding a tensor in memory: first all shapes, then each
 * tensor's bytes in any number of pieces. The file appears when {@link #commit()} is called. Wide
 * dtypes come before narrow ones, so that every tensor starts at a multiple of its element size.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private final AtomicFile file;
    private final Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
    private final Map<String, Long> written = new HashMap<>();
    private final long dataBegin;

    private SafetensorsWriter(
            AtomicFile file, Collection<TensorInfo> tensors, Map<String, String> metadata) {
        this.file = file;
        List<TensorInfo> ordered =
                tensors.stream()
                        .sorted(Comparator.comparingInt(info -> -info.dtype().size()))
                        .toList();
        long end = 0;
        for (TensorInfo info : ordered) {
            var entry = new SafetensorsHeader.Entry(info, end);
            if (entries.put(info.key(), entry) != null) {
                throw new IllegalArgumentException("two tensors are named " + info.key());
            }
            written.put(info.key(), 0L);
            end = entry.end();
        }
        byte[] json =
                new SafetensorsHeader(entries, Map.of(), metadata)
                        .json()
                        .getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer head = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(padded).put(json);
        while (head.hasRemaining()) {
            head.put((byte) ' ');
        }
        dataBegin = head.capacity();
        file.write(head.flip(), 0);
    }

    /** Begins a file with these tensors and this {@code __metadata__}. */
    public static SafetensorsWriter create(
            Path path, Collection<TensorInfo> tensors, Map<String, String> metadata) {
        AtomicFile file = AtomicFile.create(path);
        try {
            return new SafetensorsWriter(file, tensors, metadata);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Appends the remaining bytes of {@code bytes} to the tensor {@code key}. */
    public void write(String key, ByteBuffer bytes) {
        SafetensorsHeader.Entry entry = entries.get(key);
        if (entry == null) {
            throw new IllegalArgumentException("no tensor " + key + " was announced");
        }
        long at = written.get(key);
        int length = bytes.remaining();
        if (length > entry.info().byteLength() - at) {
            throw new IllegalArgumentException("too many bytes for " + entry.info());
        }
        file.write(bytes, dataBegin + entry.begin() + at);
        written.put(key, at + length);
    }

    /** Checks that every tensor is complete, and makes the file appear. */
    public void commit() {
        entries.forEach(
                (key, entry) -> {
                    long length = entry.info().byteLength();
                    if (written.get(key) != length) {
                        throw new IllegalStateException(
                                "%s got %d of %d bytes".formatted(key, written.get(key), length));
                    }
                });
        file.commit();
    }

    /** Discards the file unless it was committed. */
    @Override
    public void close() {
        file.close();
    }
}
