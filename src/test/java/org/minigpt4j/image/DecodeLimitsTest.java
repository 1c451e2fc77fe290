package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;

/** Pictures made to take long. */
class DecodeLimitsTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final ImageDecoder decoder = new ImageDecoder(ImageDecoder.MAX_PIXELS);

    @Test
    void aJpegOfThousandsOfScansIsRefusedBeforeDecoding() throws Exception {
        for (boolean progressive : new boolean[] {true, false}) {
            byte[] file = ManyScans.of(ManyScans.jpeg(2000, 2000, progressive), 3000);
            for (byte[] one : new byte[][] {file, Arrays.copyOf(file, file.length - 9)}) {
                BadImageException refused =
                        assertTimeoutPreemptively(
                                SOON,
                                () ->
                                        assertThrows(
                                                BadImageException.class,
                                                () -> decoder.decode(one)));
                assertEquals(ImageFault.TOO_COMPLEX, refused.fault());
            }
        }
    }

    @Test
    void scansCountByWhatTheyGoThrough() throws Exception {
        JpegScans small = JpegScans.of(ManyScans.jpeg(100, 60, false));
        assertEquals(13 * 8 + 2 * 7 * 4 + 50, small.blocks(), "blocks of 4:2:0, and one scan");
        assertEquals(2 * (13 * 8 + 2 * 7 * 4), small.leastBits());
        decoder.decode(ManyScans.of(ManyScans.jpeg(64, 64, true), 500));
        byte[] many = ManyScans.of(ManyScans.jpeg(8, 8, true), 500_000);
        assertTrue(JpegScans.of(many).blocks() > JpegScans.MOST_BLOCKS, "a scan is never free");
    }

    @Test
    void theLargestPhotographIsLetIn() throws Exception {
        byte[] file = ManyScans.jpeg(64, 64, true);
        setSides(file, 9400, 9400);
        JpegScans scans = JpegScans.of(file);
        assertTrue(scans.blocks() > 8_000_000, () -> scans + "");
        assertTrue(scans.blocks() < JpegScans.MOST_BLOCKS, () -> scans + "");
    }

    @Test
    void aFewBytesThatClaimMillionsOfPixelsAreBrokenAtOnce() throws Exception {
        byte[] jpeg = ManyScans.jpeg(64, 64, false);
        setSides(jpeg, 9400, 9400);
        byte[] png = picture("png_palette4.png");
        ByteBuffer.wrap(png).putInt(16, 9400).putInt(20, 9400);
        byte[] gif = picture("gif_plain.gif");
        int frame = gif.length - 1;
        while (gif[frame] != 0x2C || gif[frame + 5] != 22 || gif[frame + 7] != 14) {
            frame--;
        }
        Arrays.fill(gif, frame + 5, frame + 9, (byte) 0x24); // 9252
        byte[] bmp = picture("bmp_24.bmp");
        ByteBuffer.wrap(bmp).putInt(18, 0xB8240000).putInt(22, 0xB8240000);
        byte[] runs = picture("bmp_rle8.bmp");
        ByteBuffer.wrap(runs).putInt(18, 0xB8240000).putInt(22, 0xB8240000);
        byte[] endless = Arrays.copyOf(runs, runs.length - 2);
        byte[] tiff = picture("tiff_rgb_plain.tif");
        ByteBuffer.wrap(tiff).put(tiffValue(tiff, 256), new byte[] {(byte) 0xB8, 0x24});
        ByteBuffer.wrap(tiff).put(tiffValue(tiff, 257), new byte[] {(byte) 0xB8, 0x24});
        for (byte[] file : new byte[][] {jpeg, png, gif, bmp, endless, tiff}) {
            BadImageException refused =
                    assertTimeoutPreemptively(
                            SOON,
                            () ->
                                    assertThrows(
                                            BadImageException.class, () -> decoder.decode(file)));
            assertEquals(ImageFault.BROKEN, refused.fault(), refused.getMessage());
            assertThrows(BadImageException.class, () -> new ImageDecoder(1000).decode(file));
        }
    }

    @Test
    void anInterruptEndsTheDecodingOfEveryFormatThatCanTakeLong() throws Exception {
        byte[][] files = {
            ManyScans.of(ManyScans.jpeg(1600, 1600, true), 200),
            picture("png_palette4.png"),
            picture("png_interlaced.png"),
            picture("gif_plain.gif"),
            picture("bmp_24.bmp"),
            picture("bmp_rle8.bmp"),
            picture("tiff_rgb_lzw.tif")
        };
        PicturePreparer preparer = new PicturePreparer(PictureSettings.defaults());
        for (byte[] file : files) {
            try {
                Thread.currentThread().interrupt();
                assertThrows(CancellationException.class, () -> decoder.decode(file));
                assertTrue(Thread.currentThread().isInterrupted(), "others must see it, too");
                assertThrows(CancellationException.class, () -> preparer.prepare(file));
            } finally {
                Thread.interrupted();
            }
        }
    }

    /** Alone, these scans take many seconds. */
    @Test
    void anInterruptInTheMiddleOfAThousandScansEndsThem() throws Exception {
        byte[] file = ManyScans.of(ManyScans.jpeg(3000, 3000, true), 100);
        CountDownLatch begun = new CountDownLatch(1);
        Throwable[] thrown = new Throwable[1];
        Thread thread =
                new Thread(
                        () -> {
                            begun.countDown();
                            try {
                                decoder.decode(file);
                            } catch (BadImageException | RuntimeException e) {
                                thrown[0] = e;
                            }
                        });
        thread.start();
        begun.await();
        thread.interrupt();
        thread.join(SOON.toMillis());
        assertTrue(!thread.isAlive(), "it goes on");
        assertEquals(CancellationException.class, thrown[0].getClass());
    }

    private static void setSides(byte[] jpeg, int width, int height) {
        int frame = 2;
        while ((jpeg[frame] & 0xFF) != 0xFF || (jpeg[frame + 1] & 0xFD) != 0xC0) {
            frame++;
        }
        ByteBuffer.wrap(jpeg)
                .putShort(frame + 5, (short) height)
                .putShort(frame + 7, (short) width);
    }

    /** Where the value of a tag of a small TIFF file in little-endian order lies. */
    private static int tiffValue(byte[] tiff, int tag) {
        ByteBuffer in = ByteBuffer.wrap(tiff).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = in.getInt(4) + 2;
        while ((in.getShort(at) & 0xFFFF) != tag) {
            at += 12;
        }
        return at + 8;
    }

    private static byte[] picture(String name) throws Exception {
        return Files.readAllBytes(
                Path.of(DecodeLimitsTest.class.getResource("pictures/" + name).toURI()));
    }
}
