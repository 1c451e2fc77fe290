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
 * Says beside checkpoints that lie elsewhere which process writes them. Far stores know no locks,
 * and a machine that was lost never gives anything back, so whoever comes last has them: the note
 * is replaced when a run begins, and a run that finds another's in its place before it saves ends
 * instead of mixing its checkpoints with the other's.
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

    /** Makes this process the one that writes into {@code store}. */
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
            return Optional.empty(); // its owner left in between
        }
    }

    private static String name(String note) {
        return note.lines().findFirst().orElse("another process");
    }

    /** What a user should know: who had it and never gave it back. */
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
     * To be asked before anything is put.
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

    /** Leaves the store to whoever comes next. */
    void leave() {
        if (read(store).equals(Optional.of(note))) {
            store.delete(NOTE);
        }
    }
}
