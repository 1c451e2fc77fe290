package org.minigpt4j.prepare.shard;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.minigpt4j.data.shard.ShardIndexText;
import org.minigpt4j.io.Sha256;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A shard's tar in the making: {@code KEY.jpg}, {@code KEY.txt}, {@code KEY.json} in turn, with its
 * hash and index made on the way. The same pairs give the same bytes.
 */
public final class ShardTar {

    private static final int BLOCK = 512;

    private final Counted counted;
    private final TarArchiveOutputStream tar;
    private final ShardIndexText index = new ShardIndexText();

    /** Where the next member's header goes. */
    private long at;

    /**
     * A finished tar.
     *
     * @param index the text of the sidecar
     */
    public record Finished(long bytes, String sha256, String index) {}

    /** Writes to {@code out}, which stays open. */
    public ShardTar(OutputStream out) {
        counted = new Counted(out);
        tar = new TarArchiveOutputStream(counted, StandardCharsets.UTF_8.name());
    }

    public void add(String key, byte[] jpeg, String caption, String json) throws IOException {
        byte[] text = caption.getBytes(StandardCharsets.UTF_8);
        byte[] row = json.getBytes(StandardCharsets.UTF_8);
        long jpegAt = member(key + ".jpg", jpeg);
        long textAt = member(key + ".txt", text);
        long rowAt = member(key + ".json", row);
        index.add(key, jpegAt, jpeg.length, rowAt, row.length, textAt, text.length);
    }

    private long member(String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setModTime(0);
        entry.setMode(0444);
        entry.setIds(0, 0);
        entry.setNames("", "");
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
        long data = at + BLOCK;
        at = data + (content.length + BLOCK - 1L) / BLOCK * BLOCK;
        return data;
    }

    public Finished finish() throws IOException {
        tar.finish();
        tar.flush();
        return new Finished(counted.bytes, counted.sha256.hex(), index.of(counted.bytes));
    }

    private static final class Counted extends FilterOutputStream {

        private final Sha256 sha256 = new Sha256();
        private long bytes;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int from, int length) throws IOException {
            out.write(buffer, from, length);
            sha256.update(ByteBuffer.wrap(buffer, from, length));
            bytes += length;
        }
    }
}
