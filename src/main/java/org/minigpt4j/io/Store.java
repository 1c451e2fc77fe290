package org.minigpt4j.io;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Small files under names such as {@code 00000100/state.json}: the least that a folder, a
 * distributed file system and an object store have in common. There is no rename and no append, and
 * nothing is promised about two names at once: whoever writes several files that belong together
 * writes last the one that says so.
 */
public interface Store extends AutoCloseable {

    /** The store at a place: a folder of this machine, or a URI that Hadoop knows. */
    static Store at(String place) {
        return at(place, Map.of());
    }

    /** As {@link #at(String)}; {@code options} come before what Hadoop finds. */
    static Store at(String place, Map<String, String> options) {
        return RemoteFiles.isRemote(place)
                ? new RemoteStore(place, options)
                : new LocalStore(Path.of(place.replaceFirst("^file://(?=/)", "")));
    }

    /**
     * Writes a file whole: until this returns, a reader finds what the name held before or all of
     * the new content; afterwards the new content, even after a loss of power.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if it could not be written
     */
    void put(String name, List<ByteBuffer> content);

    /**
     * Reads a file.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if there is none of this name, or it cannot be read
     */
    byte[] get(String name);

    /**
     * Names that begin with {@code prefix}, in order.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if the store cannot be read
     */
    List<String> list(String prefix);

    /**
     * Removes a file, if there is one of this name.
     *
     * @throws org.minigpt4j.MiniGpt4Exception if it could not be removed
     */
    void delete(String name);

    /** Where a name lies, for messages. */
    String describe(String name);

    /** Ends connections; all that was put is there. */
    @Override
    default void close() {}
}
