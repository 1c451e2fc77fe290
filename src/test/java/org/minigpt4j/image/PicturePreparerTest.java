package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.config.ResizeMode;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.prepare.fetch.TestPictures;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

class PicturePreparerTest {

    private static final PictureSettings DEFAULTS = PictureSettings.defaults();

    private static Prepared.Picture prepared(PictureSettings settings, byte[] bytes) {
        Prepared made = new PicturePreparer(settings).prepare(bytes);
        return assertInstanceOf(Prepared.Picture.class, made, made::toString);
    }

    private static String rejected(PictureSettings settings, byte[] bytes) {
        Prepared made = new PicturePreparer(settings).prepare(bytes);
        Prepared.Rejected rejected = assertInstanceOf(Prepared.Rejected.class, made);
        assertEquals("failed_to_resize", rejected.status());
        return rejected.reason();
    }

    /** Sizes as img2dataset's resizer computes them. */
    @ParameterizedTest
    @CsvSource({
        "NO,500,375,500,375",
        "NO,100,50,100,50",
        "BORDER,500,375,256,256",
        "BORDER,100,50,256,256",
        "BORDER,256,10,256,256",
        "KEEP_RATIO,500,375,341,256",
        "KEEP_RATIO,100,50,512,256",
        "KEEP_RATIO,50,100,256,512",
        "KEEP_RATIO_LARGEST,500,375,256,192",
        "KEEP_RATIO_LARGEST,100,50,256,128",
        "KEEP_RATIO_LARGEST,2000,1,256,1",
        "CENTER_CROP,500,375,256,256",
        "CENTER_CROP,100,50,256,256"
    })
    void bringsToSizeAsTheModeSays(ResizeMode mode, int w, int h, int width, int height)
            throws IOException {
        Prepared.Picture made = prepared(DEFAULTS.with(mode, 256), jpeg(gray(w, h), 0.9f));
        assertEquals(width + "x" + height, made.width() + "x" + made.height());
        assertEquals(w + "x" + h, made.originalWidth() + "x" + made.originalHeight());
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(made.jpeg()));
        assertEquals(width + "x" + height, read.getWidth() + "x" + read.getHeight());
    }

    @Test
    void sizesKeepToTheRulesOfTheirModes() throws IOException {
        long seed = Long.getLong("minigpt4j.seed", 1);
        Random random = new Random(seed);
        for (int trial = 0; trial < 60; trial++) {
            int w = 1 + random.nextInt(400);
            int h = 1 + random.nextInt(400);
            ResizeMode mode = ResizeMode.values()[random.nextInt(5)];
            int size = 1 + random.nextInt(200);
            Prepared.Picture made = prepared(DEFAULTS.with(mode, size), jpeg(gray(w, h), 0.5f));
            int shorter = Math.min(made.width(), made.height());
            int longer = Math.max(made.width(), made.height());
            String what = mode + " " + w + "x" + h + " to " + size + ", seed " + seed;
            switch (mode) {
                case NO -> assertEquals(w + "x" + h, made.width() + "x" + made.height(), what);
                case BORDER, CENTER_CROP -> assertTrue(shorter == size && longer == size, what);
                case KEEP_RATIO -> assertEquals(size, shorter, what);
                case KEEP_RATIO_LARGEST -> assertEquals(size, longer, what);
            }
        }
    }

    @Test
    void leavesSmallPicturesAloneWhenToldOnlyToShrink() throws IOException {
        byte[] small = jpeg(gray(100, 50), 0.9f);
        for (ResizeMode mode : ResizeMode.values()) {
            PictureSettings shrink =
                    new PictureSettings(mode, 256, 95, true, false, true, 0, 0, 0, 0, 1 << 20);
            assertEquals(100, prepared(shrink, small).width(), mode.name());
        }
        PictureSettings crop =
                new PictureSettings(
                        ResizeMode.CENTER_CROP, 60, 95, true, false, true, 0, 0, 0, 0, 1 << 20);
        assertEquals(100, prepared(crop, small).width(), "the shorter side counts when cropping");
    }

    @Test
    void borderIsWhiteAndThePictureInTheMiddle() throws IOException {
        BufferedImage picture = gray(200, 100);
        Prepared.Picture made = prepared(DEFAULTS, jpeg(picture, 0.95f));
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(made.jpeg()));
        assertEquals(0xFFFFFFFF, read.getRGB(128, 5));
        assertEquals(0xFFFFFFFF, read.getRGB(3, 250));
        assertEquals(0x80, read.getRGB(128, 128) & 0xFF, 2);
        assertEquals(0x80, read.getRGB(1, 66) & 0xFF, 6);
    }

    /** Colours that are never converted must come out as if they had been. */
    @Test
    void leavingColoursAloneChangesThemByRoundingOnly() throws IOException {
        for (int n = 0; n < 6; n++) {
            byte[] jpeg = TestPictures.jpeg(n);
            BufferedImage rgb = ImageIO.read(new ByteArrayInputStream(jpeg));
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(rgb, "png", png);
            BufferedImage direct = read(prepared(DEFAULTS, jpeg));
            BufferedImage converted = read(prepared(DEFAULTS, png.toByteArray()));
            long sum = 0;
            for (int y = 0; y < 256; y++) {
                for (int x = 0; x < 256; x++) {
                    for (int shift = 0; shift < 24; shift += 8) {
                        int a = direct.getRGB(x, y) >> shift & 0xFF;
                        int b = converted.getRGB(x, y) >> shift & 0xFF;
                        sum += Math.abs(a - b);
                    }
                }
            }
            double mean = sum / (256.0 * 256 * 3);
            assertTrue(mean < 1, "picture " + n + " is off by " + mean + " levels on average");
        }
    }

    @Test
    void laysTransparentPicturesOnWhite() throws IOException {
        BufferedImage image = new BufferedImage(256, 256, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < 256; y++) {
            for (int x = 0; x < 256; x++) {
                image.setRGB(x, y, x < 128 ? 0x00FF0000 : 0x800000FF);
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        BufferedImage made = read(prepared(DEFAULTS, png.toByteArray()));
        assertNear(Color.WHITE, made.getRGB(20, 100));
        assertNear(new Color(127, 127, 255), made.getRGB(230, 100));
    }

    @Test
    void turnsAsExifSaysOnlyWhenAsked() throws IOException {
        BufferedImage image = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 20; y++) {
            for (int x = 0; x < 40; x++) {
                image.setRGB(x, y, x < 20 ? 0xFF0000 : 0x0000FF);
            }
        }
        byte[] turned = withOrientation(jpeg(image, 0.95f), 6);
        PictureSettings leave = DEFAULTS.with(ResizeMode.NO, 1);
        assertEquals(40, prepared(leave, turned).width());
        PictureSettings turn =
                new PictureSettings(ResizeMode.NO, 1, 95, false, true, true, 0, 0, 0, 0, 1 << 20);
        BufferedImage made = read(prepared(turn, turned));
        assertEquals(20, made.getWidth());
        assertNear(Color.RED, made.getRGB(10, 4));
        assertNear(Color.BLUE, made.getRGB(10, 36));
        String exif = prepared(leave, turned).exif();
        assertTrue(
                JsonParser.parseString(exif).getAsJsonObject().keySet().stream()
                        .anyMatch(key -> key.endsWith("Orientation")),
                exif);
    }

    @Test
    void orientationsUndoThemselves() {
        Pixels picture = new Pixels(3, 2, new byte[18]);
        for (int i = 0; i < 18; i++) {
            picture.samples()[i] = (byte) i;
        }
        int[] inverse = {1, 2, 3, 4, 5, 8, 7, 6};
        for (int orientation = 1; orientation <= 8; orientation++) {
            Pixels back = picture.turned(orientation).turned(inverse[orientation - 1]);
            assertEquals(picture, back, "orientation " + orientation);
        }
        // Turned right by a quarter, what was at the left is on top.
        assertArrayEquals(
                new byte[] {9, 10, 11, 0, 1, 2}, Arrays.copyOf(picture.turned(6).samples(), 6));
    }

    @Test
    void judgesSizesFromTheHeader() throws IOException {
        byte[] wide = jpeg(gray(300, 50), 0.9f);
        assertEquals("image too small", rejected(limits(51, 0, 0, 0), wide));
        assertEquals("aspect ratio too large", rejected(limits(0, 5.9, 0, 0), wide));
        assertEquals("image area too small", rejected(limits(0, 0, 15_001, 0), wide));
        assertEquals("image area too large", rejected(limits(0, 0, 0, 14_999), wide));
        prepared(limits(50, 6, 15_000, 15_000), wide);
        byte[] huge = wide.clone();
        for (int i = 2; ; i++) {
            if (huge[i] == (byte) 0xFF && huge[i + 1] == (byte) 0xC0) {
                Arrays.fill(huge, i + 5, i + 9, (byte) 0xEA);
                break;
            }
        }
        assertEquals("image has too many pixels", rejected(DEFAULTS, huge));
    }

    /** Brought to size by their short side they would be gigapixels, or no JPEG. */
    @ParameterizedTest
    @CsvSource({
        "KEEP_RATIO,1,20000",
        "KEEP_RATIO,1,300",
        "CENTER_CROP,2,60000",
        "CENTER_CROP,60000,2",
        "NO,66000,1"
    })
    void rejectsSliversThatGrowBeyondBounds(ResizeMode mode, int width, int height)
            throws IOException {
        assertEquals(
                "image too long for its width",
                rejected(DEFAULTS.with(mode, 256), png(gray(width, height))));
    }

    @Test
    void keepsSliversThatFit() throws IOException {
        assertEquals(
                65_280,
                prepared(DEFAULTS.with(ResizeMode.KEEP_RATIO, 256), png(gray(1, 255))).height());
        assertEquals(
                256,
                prepared(DEFAULTS.with(ResizeMode.CENTER_CROP, 256), png(gray(1, 300))).height());
        assertEquals(256, prepared(DEFAULTS, png(gray(1, 20_000))).height());
    }

    @Test
    void rejectsWhatIsNoPicture() {
        byte[] jpeg = TestPictures.jpeg(1);
        assertEquals("image is empty", rejected(DEFAULTS, new byte[0]));
        assertEquals("image decoding error", rejected(DEFAULTS, "<html></html>".getBytes()));
        assertEquals(
                "image decoding error", rejected(DEFAULTS, Arrays.copyOf(jpeg, jpeg.length / 2)));
        Random random = new Random(1);
        for (int trial = 0; trial < 200; trial++) {
            byte[] damaged = Arrays.copyOf(jpeg, 200 + random.nextInt(jpeg.length - 200));
            for (int i = 0; i < 20; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            // A picture or a reason, but never an exception.
            new PicturePreparer(DEFAULTS).prepare(damaged);
        }
    }

    @Test
    void hashesTheBytesAsDownloaded() {
        byte[] jpeg = TestPictures.jpeg(3);
        assertEquals(
                new Sha256().update(ByteBuffer.wrap(jpeg)).hex(),
                prepared(DEFAULTS, jpeg).sha256());
    }

    @Test
    void perceptualHashKnowsAPictureAgain() throws IOException {
        long[] first = new long[40];
        for (int n = 0; n < first.length; n++) {
            BufferedImage picture = TestPictures.picture(n);
            first[n] = prepared(DEFAULTS, jpeg(picture, 0.95f)).perceptualHash();
            long again = prepared(DEFAULTS, jpeg(picture, 0.3f)).perceptualHash();
            BufferedImage half =
                    new BufferedImage(
                            picture.getWidth() * 2 / 3,
                            picture.getHeight() * 2 / 3,
                            BufferedImage.TYPE_INT_RGB);
            var pen = half.createGraphics();
            pen.setRenderingHint(
                    java.awt.RenderingHints.KEY_INTERPOLATION,
                    java.awt.RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            pen.drawImage(picture, 0, 0, half.getWidth(), half.getHeight(), null);
            pen.dispose();
            long smaller = prepared(DEFAULTS, jpeg(half, 0.8f)).perceptualHash();
            assertTrue(Long.bitCount(first[n] ^ again) <= 6, "compressed again: " + n);
            assertTrue(Long.bitCount(first[n] ^ smaller) <= 8, "scaled: " + n);
        }
        for (int a = 0; a < first.length; a++) {
            for (int b = 0; b < a; b++) {
                assertTrue(Long.bitCount(first[a] ^ first[b]) > 8, a + " and " + b);
            }
        }
    }

    private static PictureSettings limits(int minSize, double aspect, long minArea, long maxArea) {
        return new PictureSettings(
                ResizeMode.BORDER,
                256,
                95,
                false,
                false,
                true,
                minSize,
                aspect,
                minArea,
                maxArea,
                1 << 24);
    }

    private static BufferedImage gray(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, 0x808080);
            }
        }
        return image;
    }

    private static BufferedImage read(Prepared.Picture picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture.jpeg()));
    }

    private static void assertNear(Color expected, int rgb) {
        Color got = new Color(rgb);
        assertEquals(expected.getRed(), got.getRed(), 3, got::toString);
        assertEquals(expected.getGreen(), got.getGreen(), 3, got::toString);
        assertEquals(expected.getBlue(), got.getBlue(), 3, got::toString);
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    private static byte[] jpeg(BufferedImage image, float quality) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Puts an EXIF segment with one tag behind the start of the file. */
    private static byte[] withOrientation(byte[] jpeg, int orientation) {
        byte[] exif = {
            (byte) 0xFF,
            (byte) 0xE1,
            0,
            34,
            'E',
            'x',
            'i',
            'f',
            0,
            0,
            'M',
            'M',
            0,
            42,
            0,
            0,
            0,
            8,
            0,
            1,
            0x01,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            (byte) orientation,
            0,
            0,
            0,
            0,
            0,
            0
        };
        ByteBuffer out = ByteBuffer.allocate(jpeg.length + exif.length);
        out.put(jpeg, 0, 2).put(exif).put(jpeg, 2, jpeg.length - 2);
        return out.array();
    }
}
