package org.minigpt4j.prepare.dedupe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

class NearHashesTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void findsWhatComparingWithAllFinds(int distance) {
        Random random = new Random(distance);
        NearHashes near = new NearHashes(distance, 10);
        long[] all = new long[500];
        int found = 0;
        for (int i = 0; i < all.length; i++) {
            // Every other one is an earlier one with up to 15 bits changed.
            all[i] = i % 2 == 0 ? random.nextLong() : all[random.nextInt(i)];
            for (int bit = i % 2 == 0 ? 0 : random.nextInt(16); bit > 0; bit--) {
                all[i] ^= 1L << random.nextInt(64);
            }
            boolean expected = false;
            for (int j = 0; j < i; j++) {
                expected |= Long.bitCount(all[i] ^ all[j]) <= distance;
            }
            assertEquals(expected, near.contains(all[i]), "hash " + i);
            near.add(all[i]);
            found += expected ? 1 : 0;
        }
        assertEquals(true, found > 10 && found < 250, found + " found");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void bandsMakeUpTheHash(int distance) {
        long hash = 0xFEDCBA9876543210L;
        int bands = NearHashes.bands(distance);
        long together = 0;
        for (int band = 0; band < bands; band++) {
            together |= NearHashes.band(hash, band, bands) << NearHashes.firstBit(band, bands);
        }
        assertEquals(hash, together);
    }
}
