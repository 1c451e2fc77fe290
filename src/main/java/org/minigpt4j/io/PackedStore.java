package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A store in memory that can be sent over the network as one piece. */
public final class PackedStore implements Store {

    private final Map<String, byte[]> files = new TreeMap<>();

    /** Creates an empty store. */
    public PackedStore() {}

    /**
     * Restores a store from the bytes of {@link #toBytes}.
     *
     * @throws FailedException if the bytes are damaged
     */
    public static PackedStore of(byte[] bytes) {
        PackedStore store = new PackedStore();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            while (in.hasRemaining()) {
                byte[] name = new byte[in.getInt()];
                in.get(name);
                byte[] content = new byte[in.getInt()];
                in.get(content);
                store.files.put(new String(name, StandardCharsets.UTF_8), content);
            }
        } catch (java.nio.BufferUnderflowException | NegativeArraySizeException e) {
            throw new FailedException("files received over the network are truncated", e);
        }
        return store;
    }

    /** All files in one piece. */
    public byte[] toBytes() {
        int length = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] name = file.getKey().getBytes(StandardCharsets.UTF_8);
            length = Math.addExact(length, 8 + name.length + file.getValue().length);
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        files.forEach(
                (key, content) -> {
                    byte[] name = key.getBytes(StandardCharsets.UTF_8);
                    out.putInt(name.length).put(name).putInt(content.length).put(content);
                });
        return out.array();
    }

    @Override
    public void put(String name, List<ByteBuffer> content) {
        int length = content.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer all = ByteBuffer.allocate(length);
        content.forEach(part -> all.put(part.duplicate()));
        files.put(name, all.array());
    }

    @Override
    public byte[] get(String name) {
        return Optional.ofNullable(files.get(name))
                .orElseThrow(() -> new FailedException("there is no " + describe(name)))
                .clone();
    }

    @Override
    public List<String> list(String prefix) {
        return files.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
    }

    @Override
    public void delete(String name) {
        files.remove(name);
    }

    @Override
    public String describe(String name) {
        return name + " in memory";
    }
}
