package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.io.Sha256;

import java.nio.ByteBuffer;
import java.util.Random;

class ResizeTest {

    /** Any whole numbers will do, if every program can make the same. */
    private static Pixels pattern(int width, int height) {
        byte[] samples = new byte[width * height * 3];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    samples[at++] =
                            (byte)
                                    (x * x * 7
                                            + y * y * 13
                                            + x * y * 5
                                            + c * 91
                                            + (x / 5) * (y / 3) * 29);
                }
            }
        }
        return new Pixels(width, height, samples);
    }

    /** The hashes are of what OpenCV 4.6.0's {@code cv2.resize} made of the same pattern. */
    @ParameterizedTest
    @CsvSource({
        "100,75,51,38,cc9ccd6bfcb8523f49e880cbc88d2fd0c3afce275956c7731b9808f01c52f15f",
        "100,80,25,20,2109bacd0a1dcf8150c81bb45ae7d9fde112a4e72cc92af2af0071c211fd7cda",
        "64,48,32,24,6c8879d6383eb5f8806a6e615ddca6b5dc4812861ee18c3b9ba4e97e0309d8fd",
        "97,61,13,8,83d9bc8f9ec2e2cb732c29726f23e5b02b11adb788c1af5a7ed72695e8b87151",
        "300,200,256,171,a796bf5e4d4b372147d5fbae97eb7fdaf8e1a03f601e55264bde89b11c48c07b",
        "96,60,16,30,2fde9ae36f50d73d49e58ca5b2fe5ab751c054b3b25a8f27780f5aab915cac2f"
    })
    void shrinksAsOpenCvDoesToTheLastBit(int w, int h, int width, int height, String sha256) {
        assertEquals(sha256, hash(AreaResize.shrink(pattern(w, h), width, height)));
    }

    @ParameterizedTest
    @CsvSource({
        "20,15,32,24,c8d0403d5882314f6385c3ca3e130baef17ad7e590dcd3af7766f9844f4b47f6",
        "30,7,256,60,43f455ba4e9ae67a40ecdc92497ce74e71c522e944773010f1ac25dc604d53df",
        "3,2,10,7,4400d850c0365820504823e4e658a76dbefee4211b61fcafad7a29216ad734f2"
    })
    void enlargesAsOpenCvDoesToTheLastBit(int w, int h, int width, int height, String sha256) {
        assertEquals(sha256, hash(LanczosResize.enlarge(pattern(w, h), width, height)));
    }

    private static String hash(Pixels pixels) {
        return new Sha256().update(ByteBuffer.wrap(pixels.samples())).hex();
    }

    @Test
    void everyOutputPixelIsTheMeanOfWhatItCovers() {
        long seed = Long.getLong("minigpt4j.seed", 1);
        Random random = new Random(seed);
        for (int trial = 0; trial < 40; trial++) {
            int w = 1 + random.nextInt(120);
            int h = 1 + random.nextInt(120);
            int width = 1 + random.nextInt(w);
            int height = 1 + random.nextInt(h);
            byte[] samples = new byte[w * h * 3];
            random.nextBytes(samples);
            Pixels made = AreaResize.shrink(new Pixels(w, h, samples), width, height);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int c = 0; c < 3; c++) {
                        double exact = mean(samples, w, h, width, height, x, y, c);
                        int got = made.samples()[(y * width + x) * 3 + c] & 0xFF;
                        // OpenCV leaves out slivers of less than a thousandth of a pixel.
                        assertTrue(
                                Math.abs(exact - got) < 0.5 + 0.3,
                                () -> got + " for " + exact + ", seed " + seed);
                    }
                }
            }
        }
    }

    /** The integral over the cell, pixel by pixel, in double precision. */
    private static double mean(
            byte[] samples, int w, int h, int width, int height, int x, int y, int c) {
        double left = x * (double) w / width;
        double right = (x + 1) * (double) w / width;
        double top = y * (double) h / height;
        double bottom = (y + 1) * (double) h / height;
        double sum = 0;
        for (int row = 0; row < h; row++) {
            double down = Math.min(bottom, row + 1) - Math.max(top, row);
            for (int column = 0; column < w; column++) {
                double across = Math.min(right, column + 1) - Math.max(left, column);
                if (down > 0 && across > 0) {
                    sum += down * across * (samples[(row * w + column) * 3 + c] & 0xFF);
                }
            }
        }
        return sum / ((right - left) * (bottom - top));
    }

    @Test
    void shrinkingRefusesToGrow() {
        assertThrows(IllegalArgumentException.class, () -> AreaResize.shrink(pattern(4, 4), 5, 4));
    }
}
