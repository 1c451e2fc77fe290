package org.minigpt4j.data.shard;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.utils.InputStreamStatistics;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Tars that are compressed as a whole. A sample in the middle cannot be read from such a file.
 * Files of gzip and bzip2 are unpacked once into a cache folder; for other formats, the error says
 * how to unpack them.
 */
public enum PackedTar {
    /** {@code .tar.gz}, {@code .tgz}. */
    GZIP("1f8b08", "gzip -d"),
    /** {@code .tar.bz2}. */
    BZIP2("425a68", "bzip2 -d"),
    /** {@code .tar.zst}. */
    ZSTD("28b52ffd", "zstd -d"),
    /** {@code .tar.xz}. */
    XZ("fd377a585a00", "xz -d"),
    /** {@code .tar.lz4}. */
    LZ4("04224d18", "lz4 -d"),
    /** A zip archive with the name of a tar. */
    ZIP("504b0304", "unzip");

    private static final int LONGEST_MARK = 6;
    private static final int PIECE = 512;

    /** Bytes that may always be unpacked from a file, however small the file is. */
    private static final long ALWAYS = 1L << 30;

    /**
     * Further bytes allowed per compressed byte. Pictures hardly shrink; a decompression bomb
     * expands a thousandfold.
     */
    private static final long MOST_TIMES = 100;

    private final byte[] mark;
    private final String unpack;

    PackedTar(String mark, String unpack) {
        this.mark = HexFormat.of().parseHex(mark);
        this.unpack = unpack;
    }

    /** How many bytes {@link #of} needs. */
    public static int looksAt() {
        return LONGEST_MARK;
    }

    /** The format of a file that begins with {@code head}; null if it is not packed. */
    public static PackedTar of(byte[] head) {
        for (PackedTar kind : values()) {
            if (head.length >= kind.mark.length
                    && Arrays.equals(kind.mark, Arrays.copyOf(head, kind.mark.length))) {
                return kind;
            }
        }
        return null;
    }

    /** Whether {@link #unpack} can read it. */
    public boolean isRead() {
        return this == GZIP || this == BZIP2;
    }

    /** An error message that the file is packed and how to unpack it. */
    public String message(Object file) {
        return "%s is packed (%s), so the pairs in it cannot be read one by one; unpack it with %s"
                .formatted(file, lowerName(), unpack);
    }

    private String lowerName() {
        return name().toLowerCase(Locale.ROOT);
    }

    private UsageException tooLarge(Object file) {
        return new UsageException(
                "%s is packed (%s) and unpacks to more than %d times its size, like a decompression bomb; if you trust it, unpack it with %s and configure the tar instead"
                        .formatted(file, lowerName(), MOST_TIMES, unpack));
    }

    /**
     * The shard itself if it is not packed, otherwise an unpacked copy below {@code cache}, created
     * on first use.
     *
     * @throws UsageException if the packed format is not supported
     */
    static Shard unpacked(Shard shard, Path cache) throws IOException {
        PackedTar kind = of(shard.head(LONGEST_MARK));
        if (kind == null) {
            return shard;
        }
        if (!kind.isRead()) {
            throw new UsageException(kind.message(shard));
        }
        byte[] place =
                (shard.address() + " " + shard.length() + " " + shard.modified())
                        .getBytes(StandardCharsets.UTF_8);
        String name = new Sha256().update(ByteBuffer.wrap(place)).hex() + ".tar";
        Path copy = cache.resolve("unpacked").resolve(name);
        if (!Files.isRegularFile(copy)) {
            try (FileChannel channel = shard.open();
                    InputStream packed = Channels.newInputStream(channel)) {
                kind.unpack(packed, copy, shard);
            }
        }
        return new Shard.Unpacked(shard, copy);
    }

    /**
     * Unpacks a file of this format into {@code copy}, which appears when it is complete. From a
     * damaged file, everything before the damage is unpacked.
     *
     * @param name the file's name, for messages
     * @throws UsageException if it unpacks to more than a tar of pictures can
     * @throws IOException if nothing before the damage can be unpacked
     */
    public void unpack(InputStream packed, Path copy, Object name) throws IOException {
        unpack(packed, copy, name, ALWAYS);
    }

    void unpack(InputStream packed, Path copy, Object name, long always) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(packed, 1 << 16);
        try (InputStream in =
                        this == GZIP
                                ? GzipCompressorInputStream.builder()
                                        .setInputStream(buffered)
                                        .setDecompressConcatenated(true)
                                        .get()
                                : new BZip2CompressorInputStream(buffered, true);
                AtomicFile file = AtomicFile.create(copy)) {
            byte[] buffer = new byte[1 << 16];
            int filled = 0;
            long at = 0;
            try {
                // Read in small pieces, because the piece that meets the damage is lost.
                for (int read; (read = in.read(buffer, filled, PIECE)) >= 0; ) {
                    filled += read;
                    if (filled > buffer.length - PIECE) {
                        file.write(ByteBuffer.wrap(buffer, 0, filled), at);
                        at += filled;
                        filled = 0;
                        long taken = ((InputStreamStatistics) in).getCompressedCount();
                        if (at > Math.max(always, MOST_TIMES * taken)) {
                            throw tooLarge(name);
                        }
                    }
                }
            } catch (IOException | IndexOutOfBoundsException damaged) {
                // The part before the damage is a tar that ends early, and is reported as such.
                if (at + filled == 0) {
                    throw new IOException(
                            "it is packed (%s) and damaged%s"
                                    .formatted(
                                            lowerName(),
                                            damaged.getMessage() == null
                                                    ? ""
                                                    : ": " + damaged.getMessage()),
                            damaged);
                }
            }
            file.write(ByteBuffer.wrap(buffer, 0, filled), at);
            file.commit();
        }
    }
}
