package org.minigpt4j.weights;

import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;

/**
 * The zip format of torch.save since 1.6: {@code NAME/data.pkl}, the pickle; {@code NAME/data/KEY},
 * one entry per storage; {@code NAME/byteorder}; {@code NAME/version}. Entries are not compressed,
 * so a storage is a region of the file and is mapped. If a file was zipped again, entries are
 * inflated on demand.
 */
final class TorchArchive implements PickleReader.Storages, AutoCloseable {
    private static final long LARGEST_PICKLE = 64L << 20;
    private static final long MOST_INFLATED = 64L << 20;
    private static final long DENSEST = 50;

    private final MappedFile file;
    private final ZipFile zip;
    private final Map<String, ZipArchiveEntry> entries;

    private TorchArchive(MappedFile file, ZipFile zip, Map<String, ZipArchiveEntry> entries) {
        this.file = file;
        this.zip = zip;
        this.entries = entries;
    }

    /** Takes ownership of {@code file}, and closes it if it is not such an archive. */
    static TorchArchive open(MappedFile file) {
        try {
            ZipFile zip = zip(file);
            var archive = new TorchArchive(file, zip, entries(file, zip));
            archive.requireLittleEndian();
            return archive;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static ZipFile zip(MappedFile file) {
        try {
            return ZipFile.builder().setSeekableByteChannel(file.channel()).get();
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(
                    "%s: cut short or damaged, its zip directory cannot be read: %s"
                            .formatted(
                                    file.path(), ForeignText.line(String.valueOf(e.getMessage()))),
                    e);
        }
    }

    /** The entries by their name within the archive's top folder. */
    private static Map<String, ZipArchiveEntry> entries(MappedFile file, ZipFile zip) {
        var entries = new HashMap<String, ZipArchiveEntry>();
        Enumeration<ZipArchiveEntry> all = zip.getEntriesInPhysicalOrder();
        String root = null;
        while (all.hasMoreElements()) {
            ZipArchiveEntry entry = all.nextElement();
            String name = entry.getName();
            if (entry.getMethod() == ZipArchiveEntry.STORED
                    && entry.getSize() != entry.getCompressedSize()) {
                throw new UsageException(
                        "%s: zip entry %s has two sizes"
                                .formatted(file.path(), ForeignText.line(name)));
            }
            if (root == null) {
                root = name.substring(0, name.indexOf('/') + 1);
            }
            if (name.startsWith(root)
                    && entries.put(name.substring(root.length()), entry) != null) {
                throw new UsageException(
                        file.path() + ": two zip entries named " + ForeignText.line(name));
            }
        }
        if (!entries.containsKey("data.pkl")) {
            throw new UsageException(
                    file.path() + ": a zip file, but not one of torch.save: it has no data.pkl");
        }
        return entries;
    }

    private void requireLittleEndian() {
        ZipArchiveEntry entry = entries.get("byteorder");
        if (entry == null) {
            return;
        }
        ByteBuffer order = bytes(entry, 0, Math.min(16, entry.getSize()), 1);
        if (!StandardCharsets.ISO_8859_1.decode(order).toString().equals("little")) {
            throw new UsageException(
                    file.path() + ": saved on a big-endian machine; save it again on another");
        }
    }

    String path() {
        return file.path().toString();
    }

    /** The tree in {@code data.pkl}. */
    Object tree() {
        ZipArchiveEntry entry = entries.get("data.pkl");
        if (entry.getSize() > LARGEST_PICKLE) {
            throw new UsageException(
                    "%s: its pickle has %d bytes, more than any weight file needs"
                            .formatted(path(), entry.getSize()));
        }
        return PickleReader.read(path(), bytes(entry, 0, entry.getSize(), 1), this);
    }

    @Override
    public StridedTensor.Storage storage(String key, DType dtype, long elements) {
        ZipArchiveEntry entry = entries.get("data/" + key);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "storage " + ForeignText.line(key) + " is not in the file");
        }
        requireDense(entry);
        long held = entry.getSize() / dtype.size();
        if (elements < 0 || elements > held) {
            throw new IllegalArgumentException(
                    "storage %s of %d elements %s, where the file holds %d"
                            .formatted(ForeignText.line(key), elements, dtype, held));
        }
        return new Stored(this, entry, dtype, elements);
    }

    /**
     * Refuses an entry that is compressed too well: trained weights hardly shrink, so it is a
     * decompression bomb.
     */
    private void requireDense(ZipArchiveEntry entry) {
        if (entry.getMethod() != ZipArchiveEntry.STORED
                && entry.getSize() > MOST_INFLATED
                && entry.getSize() / DENSEST > entry.getCompressedSize()) {
            throw new IllegalArgumentException(
                    "zip entry %s, which would unpack %s bytes to %s"
                            .formatted(
                                    ForeignText.line(entry.getName()),
                                    Long.toString(entry.getCompressedSize()),
                                    Long.toString(entry.getSize())));
        }
    }

    /** An entry, read as elements. */
    private record Stored(TorchArchive archive, ZipArchiveEntry entry, DType dtype, long elements)
            implements StridedTensor.Storage {

        @Override
        public ByteBuffer read(long from, long count) {
            int width = dtype.size();
            return archive.bytes(entry, from * width, count * width, width);
        }
    }

    private ByteBuffer bytes(ZipArchiveEntry entry, long from, long length, int alignment) {
        try {
            if (entry.getMethod() != ZipArchiveEntry.STORED || !zip.canReadEntryData(entry)) {
                return inflated(entry, from, length);
            }
            long at = entry.getDataOffset() + from;
            if (entry.getDataOffset() < 0 || at > file.size() - length) {
                throw new UsageException(
                        "%s: zip entry %s lies outside the file"
                                .formatted(path(), ForeignText.line(entry.getName())));
            }
            return file.region(at, length, alignment);
        } catch (IOException e) {
            throw new UsageException(
                    "%s: zip entry %s cannot be read: %s"
                            .formatted(
                                    path(),
                                    ForeignText.line(entry.getName()),
                                    ForeignText.line(ReadFailure.reason(e))),
                    e);
        }
    }

    private ByteBuffer inflated(ZipArchiveEntry entry, long from, long length) throws IOException {
        if (length > Integer.MAX_VALUE) {
            throw new UsageException(
                    path() + ": one tensor has more than 2 GiB, which is too large");
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) length).order(ByteOrder.LITTLE_ENDIAN);
        try (InputStream in = zip.getInputStream(entry);
                ReadableByteChannel channel = Channels.newChannel(in)) {
            in.skipNBytes(from);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new IOException("it ends early");
                }
            }
        }
        return bytes.flip();
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw MappedFile.cannotRead(file.path(), e);
        }
    }
}
