package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

public class ImageDecoderTest {

    private static final int JPEG_LEVELS = 4;

    private final ImageDecoder decoder = new ImageDecoder(10_000_000);

    @Test
    void decodesEveryOddPictureAsPillowDoes() throws Exception {
        Npz decoded = Goldens.npz("images_decoded.npz");
        int seen = 0;
        for (JsonObject golden : ImageProcessorTest.images()) {
            String file = golden.get("file").getAsString();
            RgbImage image = decoder.decode(file(file));
            assertEquals(golden.get("width").getAsInt(), image.width(), file);
            assertEquals(golden.get("height").getAsInt(), image.height(), file);
            byte[] expected = decoded.bytes("decoded_" + file.substring(0, 2));
            if (file.endsWith(".png")) {
                assertArrayEquals(expected, image.rgb(), file);
            } else {
                int worst = 0;
                for (int i = 0; i < expected.length; i++) {
                    worst =
                            Math.max(
                                    worst,
                                    Math.abs((expected[i] & 0xFF) - (image.rgb()[i] & 0xFF)));
                }
                int off = worst;
                assertTrue(worst <= JPEG_LEVELS, () -> file + " is off by " + off + " levels");
            }
            seen++;
        }
        assertTrue(seen > 0);
    }

    @Test
    void decodesWebpAsPillowDoesOrWithoutNativeCodeWithinAFewLevels() throws Exception {
        ImageDecoder java = decoder(Optional.empty());
        assertEquals(0, meanError(decoder, "lossless"), "lossless");
        assertEquals(0, meanError(decoder, "lossy"), "lossy");
        assertEquals(0, meanError(java, "lossless"), "lossless, in Java");
        double error = meanError(java, "lossy");
        assertTrue(error > 0 && error < 3.5, () -> "off by " + error + " levels on average");
        byte[] whole = webp("lossy.webp");
        byte[] cut = Arrays.copyOf(whole, whole.length / 2);
        BadImageException broken = assertThrows(BadImageException.class, () -> decoder.decode(cut));
        assertEquals(ImageFault.BROKEN, broken.fault());
        BadImageException large =
                assertThrows(BadImageException.class, () -> new ImageDecoder(1000).decode(whole));
        assertEquals(ImageFault.TOO_MANY_PIXELS, large.fault());
    }

    private static double meanError(ImageDecoder decoder, String name) throws Exception {
        byte[] expected = decoder.decode(webp(name + ".png")).rgb();
        byte[] actual = decoder.decode(webp(name + ".webp")).rgb();
        assertEquals(expected.length, actual.length);
        long sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs((expected[i] & 0xFF) - (actual[i] & 0xFF));
        }
        return (double) sum / expected.length;
    }

    private static byte[] webp(String name) throws Exception {
        return Files.readAllBytes(
                Path.of(ImageDecoderTest.class.getResource("webp/" + name).toURI()));
    }

    @Test
    void decodesPicturesThatDecodersDisagreeOnAsPillowDoes() throws Exception {
        Path folder = Path.of(ImageDecoderTest.class.getResource("pictures").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".expected.png") || name.endsWith(".md")) {
                    continue;
                }
                Path expected = folder.resolve(name.replaceFirst("[.][a-z]+$", ".expected.png"));
                assertArrayEquals(
                        decoder.decode(Files.readAllBytes(expected)).rgb(),
                        decoder.decode(Files.readAllBytes(file)).rgb(),
                        name);
            }
        }
    }

    @Test
    void nativeCodeMakesOfAJpegWhatTheJdkMakesOfItWholeOrDamaged() throws Exception {
        NativeCodecs library = NativeCodecs.load().orElseThrow();
        ImageDecoder jdk = decoder(Optional.empty());
        ImageDecoder both = decoder(Optional.of(library));
        long seed = Long.getLong("minigpt4j.seed", 1);
        SplittableRandom random = new SplittableRandom(seed);
        SceneWorld world = new SceneWorld(1, 75);
        for (int number = 0; number < 20; number++) {
            byte[] whole = world.jpeg(number);
            RgbImage picture = library.jpeg(whole, JpegHeader.read(whole)).orElseThrow();
            assertArrayEquals(jdk.decode(whole).rgb(), picture.rgb(), "picture " + number);
            for (int round = 0; round < 50; round++) {
                byte[] damaged = damaged(whole, random);
                assertEquals(result(jdk, damaged), result(both, damaged), "seed " + seed);
            }
        }
    }

    @Test
    void withoutNativeCodeAJpegsColoursStayLumaAndDifferences() throws Exception {
        byte[] file = new SceneWorld(1, 75).jpeg(3);
        byte[] rgb = decoder.decode(file).rgb();
        assertArrayEquals(rgb, decoder.samples(file).bytes());
        ImageDecoder.Samples samples = decoder(Optional.empty()).samples(file);
        assertTrue(samples.ycc());
        for (int i = 0; i < rgb.length; i += 3) {
            int luma = samples.bytes()[i] & 0xFF;
            int blue = (samples.bytes()[i + 1] & 0xFF) - 128;
            int red = (samples.bytes()[i + 2] & 0xFF) - 128;
            assertEquals(Math.max(0, Math.min(255, luma + 1.402 * red)), rgb[i] & 0xFF, 1);
            assertEquals(Math.max(0, Math.min(255, luma + 1.772 * blue)), rgb[i + 2] & 0xFF, 1);
        }
    }

    private static ImageDecoder decoder(Optional<NativeCodecs> library) {
        return new ImageDecoder(1_000_000, ImageDecoder.Transparency.DROPPED, library);
    }

    /** A file cut short or with a few bytes changed. */
    public static byte[] damaged(byte[] whole, SplittableRandom random) {
        byte[] bytes = Arrays.copyOf(whole, whole.length);
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length - 1));
        }
        for (int hits = 1 + random.nextInt(8); hits > 0; hits--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** Of damaged pixels the libjpeg of some JDKs makes others than libjpeg-turbo. */
    private static String result(ImageDecoder decoder, byte[] file) {
        try {
            RgbImage image = decoder.decode(file);
            return image.width() + " x " + image.height();
        } catch (BadImageException e) {
            return e.fault().toString();
        }
    }

    @Test
    void aFileCutShortIsBrokenWhereverItIsCut() throws IOException {
        for (JsonObject golden : ImageProcessorTest.images()) {
            String name = golden.get("file").getAsString();
            byte[] file = file(name);
            for (int length : new int[] {3, 9, 24, file.length / 2, file.length * 9 / 10}) {
                byte[] part = Arrays.copyOf(file, Math.min(length, file.length - 60));
                fails(ImageFault.BROKEN, part, name + " at " + length);
            }
        }
    }

    @Test
    void whatIsNoPictureIsBrokenAndNothingIsEmpty() {
        fails(ImageFault.EMPTY, new byte[0], "nothing");
        fails(ImageFault.BROKEN, "<html>404</html>".getBytes(StandardCharsets.UTF_8), "a page");
        fails(ImageFault.BROKEN, new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF}, "a start");
    }

    @Test
    void aFileOfNothingButFillBytesIsBroken() {
        for (int second : new int[] {0x00, 0x01, 0xD0, 0xFF}) {
            byte[] file = new byte[400_002];
            for (int i = 0; i < file.length; i += 2) {
                file[i] = (byte) 0xFF;
                file[i + 1] = (byte) (i == 0 ? 0xD8 : second);
            }
            fails(ImageFault.BROKEN, file, "FF " + second);
        }
    }

    @Test
    void tooManyPixelsAreSeenBeforeDecoding() throws IOException {
        for (JsonObject golden : ImageProcessorTest.images()) {
            int pixels = golden.get("width").getAsInt() * golden.get("height").getAsInt();
            byte[] file = file(golden.get("file").getAsString());
            BadImageException error =
                    assertThrows(
                            BadImageException.class,
                            () -> new ImageDecoder(pixels - 1).decode(file));
            assertEquals(ImageFault.TOO_MANY_PIXELS, error.fault());
        }
        byte[] bomb = file("00_png_rgb_odd.png");
        ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 60_000);
        fails(ImageFault.TOO_MANY_PIXELS, bomb, "a header that promises 3.6 billion pixels");
    }

    private void fails(ImageFault fault, byte[] file, String what) {
        BadImageException error =
                assertThrows(BadImageException.class, () -> decoder.decode(file), what);
        assertEquals(fault, error.fault(), what);
    }

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(Goldens.path("images/" + name));
    }
}
