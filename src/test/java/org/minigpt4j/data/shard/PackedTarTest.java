package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.minigpt4j.UsageException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** How far a packed tar may unpack. */
class PackedTarTest {

    private static final long ALWAYS = 1 << 20;

    @TempDir private Path temp;

    private static byte[] packed(PackedTar kind, byte[] pictures, int zeros) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out =
                kind == PackedTar.GZIP
                        ? new GZIPOutputStream(bytes)
                        : new BZip2CompressorOutputStream(bytes)) {
            out.write(pictures);
            out.write(new byte[zeros]);
        }
        return bytes.toByteArray();
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(1).nextBytes(noise);
        return noise;
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "BZIP2"})
    void aBombIsRefusedAndLeavesNothing(PackedTar kind) throws IOException {
        byte[] bomb = packed(kind, noise(1000), 4 << 20);
        Path copy = temp.resolve("copy.tar");
        UsageException refused =
                assertThrows(
                        UsageException.class,
                        () -> kind.unpack(new ByteArrayInputStream(bomb), copy, "a.tar", ALWAYS));
        assertEquals(
                "a.tar is packed (%s) and unpacks to more than 100 times its size, like a decompression bomb; if you trust it, unpack it with %s -d and configure the tar instead"
                        .formatted(
                                kind == PackedTar.GZIP ? "gzip" : "bzip2",
                                kind == PackedTar.GZIP ? "gzip" : "bzip2"),
                refused.getMessage());
        assertFalse(Files.exists(copy));
        assertEquals(0, temp.toFile().list().length, "the half that was unpacked is gone");
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "BZIP2"})
    void whatPicturesAndTheEndOfATarTakeIsUnpacked(PackedTar kind) throws IOException {
        byte[] pictures = noise(100_000);
        byte[] tar = packed(kind, pictures, 4 << 20); // 43 times
        Path copy = temp.resolve("copy.tar");
        kind.unpack(new ByteArrayInputStream(tar), copy, "a.tar", ALWAYS);
        byte[] all = Files.readAllBytes(copy);
        assertEquals(pictures.length + (4 << 20), all.length);
        assertArrayEquals(pictures, Arrays.copyOf(all, pictures.length));
    }

    @Test
    void aSmallFileMayUnpackToAGigabyte() throws IOException {
        byte[] small = packed(PackedTar.GZIP, new byte[0], 8 << 20); // a thousand times
        Path copy = temp.resolve("copy.tar");
        PackedTar.GZIP.unpack(new ByteArrayInputStream(small), copy, "a.tar");
        assertEquals(8 << 20, Files.size(copy));
    }
}
