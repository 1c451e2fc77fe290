package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Named tensors in a file or a folder of shards. Opening reads only headers; a tensor's bytes are
 * read on demand. Buffers stay valid after {@link #close()}, as long as the file is not truncated.
 */
public interface TensorSource extends AutoCloseable {

    /**
     * Opens a weight file or folder, recognised by its content: a safetensors file, a PyTorch
     * zip-pickle (a bare state dict, or one below its root, see docs/weights.md), an index of
     * shards, or a Hugging Face folder.
     *
     * @throws org.minigpt4j.UsageException naming the file and the problem
     */
    static TensorSource open(Path path) {
        return TensorFiles.open(path);
    }

    /** All tensors by key, in the order of the file. */
    Map<String, TensorInfo> tensors();

    /**
     * Tensors of unsupported types such as {@code F8_E4M3}: type and shape, by key. They cannot be
     * read. A model that does not use them loads without them.
     */
    default Map<String, String> unread() {
        return Map.of();
    }

    /**
     * Returns the elements of a tensor: contiguous, outermost dimension first, little-endian, in a
     * direct buffer aligned to the element size, at most 2 GiB. If the file stores them this way,
     * the buffer is a read-only mapping that takes no memory, otherwise a copy.
     *
     * @throws org.minigpt4j.UsageException if the key does not exist
     */
    ByteBuffer read(String key);

    /** The file that contains {@code key}, for messages. */
    String fileOf(String key);

    /** The {@code __metadata__} of a safetensors file; empty for other formats. */
    default Map<String, String> metadata() {
        return Map.of();
    }

    /**
     * The other values in a torch.save file whose state dict is not its root, such as {@code
     * optimizer} and {@code config}, as plain values (see {@link TorchFile}); empty for other
     * formats.
     */
    default Map<String, Object> rest() {
        return Map.of();
    }

    /** Closes the files. */
    @Override
    void close();
}
