package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.data.Tars;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Shards as people have them: packed, with an index that lies, with captions that are no text. */
class TarSourceTest {

    @TempDir Path folder;

    private static Tars pairs() {
        Tars tars = new Tars();
        for (int i = 0; i < 9; i++) {
            tars.add("00" + i + ".jpg", "picture " + i).add("00" + i + ".txt", "text " + i);
        }
        return tars;
    }

    private interface Packing {
        OutputStream around(OutputStream out) throws IOException;
    }

    private byte[] packed(Packing packing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = packing.around(bytes)) {
            out.write(pairs().bytes());
        }
        return bytes.toByteArray();
    }

    private TarSource open(Path tar) {
        return TarSource.open("web", List.of(new Shard.Local(tar)), folder.resolve("cache"));
    }

    private static void assertAll(TarSource source) throws Exception {
        assertArrayEquals(new int[] {9}, source.shardSizes());
        for (int i = 0; i < 9; i++) {
            assertEquals("00" + i, source.read(i).key());
            assertEquals("text " + i, source.read(i).caption());
            assertEquals(
                    "picture " + i, new String(source.read(i).image(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void packedTarsAreUnpackedOnce() throws Exception {
        Path gz = Files.write(folder.resolve("0.tar"), packed(GZIPOutputStream::new));
        assertAll(open(gz));
        assertAll(open(gz));
        assertAll(
                open(
                        Files.write(
                                folder.resolve("1.tar"),
                                packed(BZip2CompressorOutputStream::new))));
        try (var copies = Files.list(folder.resolve("cache/unpacked"))) {
            assertEquals(2, copies.filter(file -> file.toString().endsWith(".tar")).count());
        }
    }

    @Test
    void aPackedTarThatIsCutGivesWhatIsBefore() throws Exception {
        byte[] cut = packed(GZIPOutputStream::new);
        cut = Arrays.copyOf(cut, cut.length - 60);
        TarSource source = open(Files.write(folder.resolve("0.tar"), cut));
        assertTrue(source.shardSizes()[0] < 9);
        assertEquals(Fault.BROKEN_SHARD, source.flaws().get(0).fault());
    }

    @Test
    void otherPackingsAreNamedWithTheCommand() throws Exception {
        byte[] zstd = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0, 0, 0};
        Path tar = Files.write(folder.resolve("0.tar"), zstd);
        UsageException error = assertThrows(UsageException.class, () -> open(tar));
        assertTrue(error.getMessage().contains("unpack it with zstd -d"), error.getMessage());
    }

    /** Offsets, lengths, names and counts of an index that do not fit the tar. */
    @Test
    void anIndexThatLiesIsMadeAnewOrTold() throws Exception {
        Path tar = pairs().write(folder.resolve("0.tar"));
        assertAll(open(tar));
        Path index = folder.resolve("0.tar.index");
        String good = Files.readString(index);
        String[] lines = good.split("\n");
        String first = lines[1];
        String second = lines[2];
        String[] a = first.split("\t");
        String[] b = second.split("\t");
        String swapped =
                good.replace(
                        String.join("\t", a[5], a[6]) + "\n", String.join("\t", b[5], b[6]) + "\n");
        for (String lie :
                List.of(
                        swapped,
                        good.replace("\t9\t0\n", "\t8\t0\n"),
                        good.replace("\t9\t0\n", "\t2000000000\t0\n"),
                        good.replace("\t" + a[1] + "\t" + a[2], "\t1024\t" + a[2]),
                        good.replace("\t" + a[1] + "\t" + a[2], "\t-512\t" + a[2]),
                        good.replace("\t" + a[1] + "\t" + a[2], "\t512\t9223372036854775807"),
                        good.replace("\t" + a[1] + "\t" + a[2], "\t9223372036854775296\t512"),
                        good.replace("\t" + a[1] + "\t" + a[2], "\t512\t300000000"),
                        good.replace(first, second))) {
            assertTrue(!lie.equals(good));
            Files.writeString(index, lie);
            assertAll(open(tar));
        }
    }

    /** Nothing in such an index contradicts itself or the tar. */
    @Test
    void anIndexThatLeavesOutASampleIsMadeAnewAndTold() throws Exception {
        Path tar = pairs().write(folder.resolve("0.tar"));
        assertAll(open(tar));
        Path index = folder.resolve("0.tar.index");
        List<String> good = Files.readAllLines(index);
        for (int left : List.of(1, 5, 9)) {
            List<String> lie = new ArrayList<>(good);
            lie.set(0, good.get(0).replace("\t9\t0", "\t8\t0"));
            lie.remove(left);
            Files.write(index, lie);
            TarSource source = open(tar);
            assertArrayEquals(new int[] {8}, source.shardSizes());
            FailedException told = assertThrows(FailedException.class, () -> source.read(2));
            assertTrue(
                    told.getMessage().contains("said 8 samples, but there are 9. It was rebuilt"));
            assertAll(open(tar));
        }
        // Samples that are left out with a reason, and members that are none, are no lie.
        Path odd =
                pairs().add("009.jpg", "no caption")
                        .add("010.cls", "3")
                        .add("0.jpg", "a")
                        .add("0.mask.png", "mask")
                        .add("0.txt", "a")
                        .write(folder.resolve("1.tar"));
        assertEquals(2, open(odd).flaws().stream().filter(flaw -> flaw.pairs() > 0).count());
        for (int time = 0; time < 2; time++) {
            assertEquals("a", open(odd).read(9).caption());
        }
    }

    @Test
    void aCaptionThatIsNoTextIsSkippedByName() throws Exception {
        Path tar =
                new Tars()
                        .add("a.jpg", "p")
                        .add("a.txt", new byte[] {'i', 't', (byte) 0x92, 's'})
                        .add("b.jpg", "p")
                        .add("b.txt", "wide".getBytes(StandardCharsets.UTF_16))
                        .add("c.jpg", "p")
                        .add("c.txt", "wide".getBytes(StandardCharsets.UTF_16LE))
                        .write(folder.resolve("0.tar"));
        TarSource source = open(tar);
        BadSampleException broken = assertThrows(BadSampleException.class, () -> source.read(0));
        assertEquals(Fault.BROKEN_CAPTION, broken.fault());
        assertEquals("a", broken.key());
        assertEquals("wide", source.read(1).caption());
        assertThrows(BadSampleException.class, () -> source.read(2), "zero characters");
    }

    @Test
    void sizesAndNamesInPaxRecordsAreNoLies() throws Exception {
        byte[] tar = pairs().bytes();
        // As a writer does that puts the size into a pax record: the header's own is zero.
        byte[] record = "10 size=9\n".getBytes(StandardCharsets.US_ASCII);
        byte[] with = new byte[1024 + tar.length];
        System.arraycopy(PaxHeader.of(record.length), 0, with, 0, 512);
        System.arraycopy(record, 0, with, 512, record.length);
        System.arraycopy(tar, 0, with, 1024, tar.length);
        Arrays.fill(with, 1024 + 124, 1024 + 135, (byte) '0');
        PaxHeader.seal(with, 1024);
        assertAll(open(Files.write(folder.resolve("0.tar"), with)));
    }

    /** The header of a set of pax records. */
    private static final class PaxHeader {

        static byte[] of(int length) {
            byte[] header = new byte[512];
            put(header, 0, "pax");
            put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
            put(header, 124, "%011o\0".formatted(length));
            put(header, 136, "00000000000\0");
            header[156] = 'x';
            put(header, 257, "ustar\00000");
            seal(header, 0);
            return header;
        }

        private static void put(byte[] header, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(bytes, 0, header, at, bytes.length);
        }

        static void seal(byte[] tar, int at) {
            Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
            int sum = 0;
            for (int i = 0; i < 512; i++) {
                sum += tar[at + i] & 0xFF;
            }
            byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(digits, 0, tar, at + 148, digits.length);
        }
    }
}
