package org.minigpt4j.data;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small tars for tests, members in the order they are added. */
public final class Tars {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar =
            new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name());

    public Tars() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
    }

    /** Long names as GNU tar writes them instead of POSIX. */
    public Tars gnu() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
        tar.setAddPaxHeadersForNonAsciiNames(false);
        return this;
    }

    public Tars add(String name, String content) {
        return add(name, content.getBytes(StandardCharsets.UTF_8));
    }

    public Tars add(String name, byte[] content) {
        try {
            TarArchiveEntry entry = new TarArchiveEntry(name);
            entry.setSize(content.length);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** A link or folder, which holds no bytes. */
    public Tars addSpecial(String name, byte type) {
        try {
            tar.putArchiveEntry(new TarArchiveEntry(name, type));
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    public byte[] bytes() {
        try {
            tar.finish();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }
}
