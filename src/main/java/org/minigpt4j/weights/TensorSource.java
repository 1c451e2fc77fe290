package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Named tensors in a file or a folder of shards. Opening reads headers only; the bytes of a tensor
 * are touched when asked for. What was read stays valid after {@link #close()}, as long as nobody
 * cuts the file short.
 */
public interface TensorSource extends AutoCloseable {

    /**
     * Opens a weight file or folder, known by its content: a safetensors file, a PyTorch zip-pickle
     * (a bare state dict, or one below its root, see docs/weights.md), an index of shards, or a
     * Hugging Face folder.
     *
     * @throws org.minigpt4j.UsageException naming the file and what is wrong with it
     */
    static TensorSource open(Path path) {
        return TensorFiles.open(path);
    }

    /** Every tensor by key, in the order of the file. */
    Map<String, TensorInfo> tensors();

    /**
     * Tensors of a type that is not known here, such as {@code F8_E4M3}: their type and shape, by
     * key. They cannot be read, and a model that does not ask for them does not miss them.
     */
    default Map<String, String> unread() {
        return Map.of();
    }

    /**
     * The elements of one tensor, contiguous, outermost dimension first, little-endian, in a direct
     * buffer aligned to the element. It is a read-only mapped slice of the file where the file
     * holds them so, which costs no memory, and its own buffer otherwise. At most 2 GiB.
     *
     * @throws org.minigpt4j.UsageException if there is no such key
     */
    ByteBuffer read(String key);

    /** The file that holds {@code key}, for messages. */
    String fileOf(String key);

    /** What a safetensors file says of itself in {@code __metadata__}; empty for others. */
    default Map<String, String> metadata() {
        return Map.of();
    }

    /**
     * What a file of torch.save holds beside a state dict that is not its root, such as {@code
     * optimizer} and {@code config}, as plain values (see {@link TorchFile}); empty for others.
     */
    default Map<String, Object> rest() {
        return Map.of();
    }

    /** Lets go of the files. */
    @Override
    void close();
}
