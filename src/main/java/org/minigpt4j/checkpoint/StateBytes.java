package org.minigpt4j.checkpoint;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.PackedStore;

import java.util.Map;

/** A state in one piece, to be sent to another rank: the files of a {@link Checkpoint}. */
public final class StateBytes {

    private static final String NAME = "state";

    private StateBytes() {}

    /** The state's bytes, which share nothing with it. */
    public static byte[] encode(TrainState state) {
        PackedStore store = new PackedStore();
        new Checkpoint(state, Map.of()).write(store, NAME);
        return store.toBytes();
    }

    /**
     * The state that was encoded.
     *
     * @throws FailedException if a byte of it is another
     */
    public static TrainState decode(byte[] bytes) {
        try {
            return Checkpoint.read(PackedStore.of(bytes), NAME).state();
        } catch (DamagedCheckpointException e) {
            throw new FailedException("the state that came from a peer is damaged", e);
        }
    }
}
