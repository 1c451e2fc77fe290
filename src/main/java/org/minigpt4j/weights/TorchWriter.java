package org.minigpt4j.weights;

import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;

/**
 * Writes files that Python's {@code torch.load} reads, also with {@code weights_only=True}. The
 * same tree always gives the same bytes.
 */
public final class TorchWriter {
    private static final int PIECE = 1 << 20;
    private static final int ALIGNMENT = 64; // as in torch.save, so that storages can be mapped
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final ZipArchiveOutputStream zip;

    private TorchWriter(ZipArchiveOutputStream zip) {
        this.zip = zip;
    }

    /**
     * Atomically writes a tree of maps, lists, {@link PyTuple}, numbers, strings, booleans, null
     * and {@link TorchTensor}. Tensors are read one at a time.
     *
     * @throws IllegalArgumentException if the tree has other values, or a map has a key that is not
     *     a string, number, boolean or null
     */
    public static void write(Path path, Object tree) {
        PickleWriter.Pickle pickle = PickleWriter.write(tree);
        try (AtomicFile file = AtomicFile.create(path)) {
            try {
                var writer = new TorchWriter(new ZipArchiveOutputStream(file.channel()));
                writer.archive(pickle.bytes(), pickle.storages());
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(path, e);
            }
            file.commit();
        }
    }

    private void archive(byte[] pickle, List<TorchTensor> storages) throws IOException {
        add("data.pkl", ByteBuffer.wrap(pickle));
        add("byteorder", ascii("little"));
        for (int i = 0; i < storages.size(); i++) {
            add("data/" + i, storages.get(i).read());
        }
        add("version", ascii("3\n"));
        zip.finish();
    }

    private void add(String name, ByteBuffer content) throws IOException {
        var entry = new ZipArchiveEntry("archive/" + name);
        entry.setMethod(ZipArchiveEntry.STORED);
        entry.setSize(content.remaining());
        entry.setAlignment(ALIGNMENT);
        entry.setTimeLocal(NO_TIME);
        zip.putArchiveEntry(entry);
        byte[] piece = new byte[Math.min(PIECE, content.remaining())];
        while (content.hasRemaining()) {
            int length = Math.min(piece.length, content.remaining());
            content.get(piece, 0, length);
            zip.write(piece, 0, length);
        }
        zip.closeArchiveEntry();
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
