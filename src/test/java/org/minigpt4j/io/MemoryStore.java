package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;

/** A store in memory, whose files a test may also damage. */
public final class MemoryStore implements Store {

    public final TreeMap<String, byte[]> files = new TreeMap<>();

    @Override
    public synchronized void put(String name, List<ByteBuffer> content) {
        var bytes = new ByteArrayOutputStream();
        for (ByteBuffer part : content) {
            byte[] copy = new byte[part.remaining()];
            part.duplicate().get(copy);
            bytes.writeBytes(copy);
        }
        files.put(name, bytes.toByteArray());
    }

    @Override
    public synchronized byte[] get(String name) {
        if (!files.containsKey(name)) {
            throw new FailedException("there is no " + name);
        }
        return files.get(name).clone();
    }

    @Override
    public synchronized List<String> list(String prefix) {
        return files.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
    }

    @Override
    public synchronized void delete(String name) {
        files.remove(name);
    }

    @Override
    public String describe(String name) {
        return "memory:" + name;
    }
}
