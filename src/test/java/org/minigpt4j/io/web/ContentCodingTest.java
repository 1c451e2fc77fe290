package org.minigpt4j.io.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

public class ContentCodingTest {

    private static final byte[] TEXT = "a picture, as it were".getBytes(UTF_8);

    private final ContentCoding coding = new ContentCoding(1 << 20, false);

    @Test
    void undoesWhatServersSend() throws Exception {
        assertArrayEquals(TEXT, coding.undo("", TEXT));
        assertArrayEquals(TEXT, coding.undo(" Identity ", TEXT));
        assertArrayEquals(TEXT, coding.undo("gzip", gzip(TEXT)));
        assertArrayEquals(TEXT, coding.undo("X-GZip", join(gzip(new byte[0]), gzip(TEXT))));
        assertArrayEquals(TEXT, coding.undo("gzip", join(gzip(TEXT), new byte[] {1, 2, 3})));
        assertArrayEquals(TEXT, coding.undo("deflate", deflate(TEXT, false)));
        assertArrayEquals(TEXT, coding.undo("deflate", deflate(TEXT, true)));
        assertArrayEquals(TEXT, coding.undo("deflate, gzip", gzip(deflate(TEXT, false))));
    }

    @Test
    void readsEveryFieldOfAMembersHeader() throws Exception {
        byte[] plain = gzip(TEXT);
        byte[] extra = {2, 0, 'x', 'y', 'n', 0, 'c', 0, 0, 0};
        byte[] file = join(Arrays.copyOf(plain, 10), extra, Arrays.copyOfRange(plain, 10, 999));
        file[3] = 2 | 4 | 8 | 16;
        assertArrayEquals(TEXT, coding.undo("gzip", Arrays.copyOf(file, plain.length + 10)));
    }

    @Test
    void aHundredThousandEmptyMembersAreOneFault() throws Exception {
        byte[] empty = gzip(new byte[0]);
        byte[] file = new byte[empty.length * 100_000];
        for (int i = 0; i < file.length; i++) {
            file[i] = empty[i % empty.length];
        }
        assertEquals(FetchFault.ENCODING, fault("gzip", file));
        byte[] bearable = Arrays.copyOf(file, empty.length * 4000);
        assertEquals(0, coding.undo("gzip", bearable).length);
    }

    @Test
    void whatIsPackedTooOftenOrTooLargeOrBrokenIsAFault() throws Exception {
        byte[] packed = gzip(TEXT);
        assertEquals(FetchFault.ENCODING, fault("gzip, gzip, gzip", gzip(gzip(packed))));
        assertEquals(FetchFault.ENCODING, fault("gzip,".repeat(3000), packed));
        assertEquals(FetchFault.ENCODING, fault("br", packed));
        assertEquals(FetchFault.TOO_LARGE, fault("gzip", gzip(new byte[2 << 20])));
        assertEquals(FetchFault.TOO_LARGE, fault("gzip, gzip", gzip(gzip(new byte[2 << 20]))));
        for (int length = 0; length < packed.length; length++) {
            assertEquals(FetchFault.ENCODING, fault("gzip", Arrays.copyOf(packed, length)));
        }
        packed[packed.length - 6] ^= 1;
        assertEquals(FetchFault.ENCODING, fault("gzip", packed));
    }

    @Test
    void aCutBodyGivesWhatThereIs() throws Exception {
        ContentCoding cut = new ContentCoding(1000, true);
        assertEquals(1000, cut.undo("gzip", gzip(new byte[2 << 20])).length);
        byte[] packed = gzip(TEXT);
        byte[] part = cut.undo("gzip", Arrays.copyOf(packed, packed.length - 12));
        assertTrue(part.length > 0 && new String(TEXT, UTF_8).startsWith(new String(part, UTF_8)));
    }

    private FetchFault fault(String encoding, byte[] body) {
        return assertThrows(FetchException.class, () -> coding.undo(encoding, body)).fault();
    }

    /** Packed once, in one member. */
    public static byte[] gzip(byte[] data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream packer = new GZIPOutputStream(out)) {
            packer.write(data);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(byte[] data, boolean bare) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, bare);
        try (DeflaterOutputStream packer = new DeflaterOutputStream(out, deflater)) {
            packer.write(data);
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
