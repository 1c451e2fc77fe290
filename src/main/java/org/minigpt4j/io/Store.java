package org.minigpt4j.io;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Small files under names such as {@code 00000100/state.json}: the common subset of a folder, a
 * distributed file system and an object store. There is no rename and no append, and no guarantee
 * across two names. If several files belong together, write the one that marks the set as complete
 * last.
 */
public interface Store extends AutoCloseable {

    /** Opens the store at a place: a local folder, or a URI that Hadoop supports. */
    static Store at(String place) {
        return at(place, Map.of());
    }

    /** Like {@link #at(String)}; {@code options} override Hadoop's own configuration. */
    static Store at(String place, Map<String, String> options) {
        return RemoteFiles.isRemote(place)
                ? new RemoteStore(place, options)
                : new LocalStore(Path.of(place.replaceFirst("^file://(?=/)", "")));
    }

    /**
     * Atomically writes a file: until this returns, a reader sees either the previous content or
     * all of the new content. Afterwards it sees the new content, even after a power failure.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if it could not be written
     */
    void put(String name, List<ByteBuffer> content);

    /**
     * Reads a file.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if it does not exist or cannot be read
     */
    byte[] get(String name);

    /**
     * Names that begin with {@code prefix}, sorted.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if the store cannot be read
     */
    List<String> list(String prefix);

    /**
     * Removes a file if it exists.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if it could not be removed
     */
    void delete(String name);

    /** The full path or address of a name, for messages. */
    String describe(String name);

    /** Closes connections; all files written stay. */
    @Override
    default void close() {}
}
