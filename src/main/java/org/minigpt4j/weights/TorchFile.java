package org.minigpt4j.weights;

import java.nio.file.Path;

/**
 * A torch.save file with any tree. Dicts become {@link java.util.LinkedHashMap}, lists {@link
 * java.util.ArrayList}, sets {@link java.util.LinkedHashSet}, tuples {@link PyTuple}, numbers Long,
 * {@link java.math.BigInteger} or Double, None null, tensors {@link TorchTensor}; dtypes and
 * devices become their names. No code in the file is run.
 */
public final class TorchFile implements AutoCloseable {
    private final TorchArchive archive;
    private final Object tree;

    private TorchFile(TorchArchive archive, Object tree) {
        this.archive = archive;
        this.tree = tree;
    }

    /**
     * Opens a zip-pickle and reads its tree, but not the tensors' bytes.
     *
     * @throws org.minigpt4j.UsageException naming the file and the problem
     */
    public static TorchFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            TensorFiles.requireZip(file);
            return open(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    static TorchFile open(MappedFile file) {
        TorchArchive archive = TorchArchive.open(file);
        try {
            return new TorchFile(archive, archive.tree());
        } catch (RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    /** The root of the tree. */
    public Object tree() {
        return tree;
    }

    String path() {
        return archive.path();
    }

    /** Closes the file; tensors that were read stay valid. */
    @Override
    public void close() {
        archive.close();
    }
}
