package org.minigpt4j.train.run;

import org.minigpt4j.FailedException;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.Store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Records next to checkpoints in a separate store which process writes them. Remote stores have no
 * locks, and a lost machine never releases anything. So the last process to start owns the store:
 * it replaces the note when its run begins. Before each save, a run checks the note. If it names
 * another run, the run ends instead of mixing its checkpoints with the other's.
 */
final class StoreOwner {

    static final String NOTE = "owner.txt";

    private final Store store;
    private final String note;
    private final Optional<String> before;

    private StoreOwner(Store store, String note, Optional<String> before) {
        this.store = store;
        this.note = note;
        this.before = before;
    }

    /** Makes this process the owner of {@code store}. */
    static StoreOwner become(Store store, RunFolder folder) {
        Optional<String> before = read(store);
        String self =
                "%s, output_dir %s%n%s%n"
                        .formatted(
                                RunLock.self(),
                                folder.root().toAbsolutePath().normalize(),
                                UUID.randomUUID());
        byte[] bytes = self.getBytes(StandardCharsets.UTF_8);
        store.put(NOTE, List.of(ByteBuffer.wrap(bytes)));
        return new StoreOwner(store, self, before);
    }

    private static Optional<String> read(Store store) {
        if (!store.list(NOTE).contains(NOTE)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new String(store.get(NOTE), StandardCharsets.UTF_8));
        } catch (FailedException e) {
            if (store.list(NOTE).contains(NOTE)) {
                throw e;
            }
            return Optional.empty(); // its owner removed it in the meantime
        }
    }

    private static String name(String note) {
        return note.lines().findFirst().orElse("another process");
    }

    /** A message for the user if the previous owner did not release the store. */
    Optional<String> notice() {
        return before.map(
                note ->
                        store.describe("")
                                + " was written by "
                                + name(note)
                                + ", which did not end by itself; if it is still there, it ends at"
                                + " its next checkpoint");
    }

    /**
     * Checks that this process is still the owner; call it before every write.
     *
     * @throws FailedException if another process has taken over
     */
    void require() {
        Optional<String> now = read(store);
        if (!now.equals(Optional.of(note))) {
            throw new FailedException(
                    store.describe("")
                            + " was taken over by "
                            + now.map(StoreOwner::name).orElse("another process that has ended")
                            + "; this run ends here, and its checkpoints so far are there");
        }
    }

    /** Releases the store. */
    void leave() {
        if (read(store).equals(Optional.of(note))) {
            store.delete(NOTE);
        }
    }
}
