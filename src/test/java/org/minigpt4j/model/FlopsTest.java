package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlopsTest {

    /** The figures of flops_per_sample in docs/peers/step.py. */
    @ParameterizedTest
    @CsvSource({
        "NANO, 47, 261754368",
        "NANO, 65, 328404480",
        "MID, 47, 42405801984",
        "MID, 65, 50364887040",
        "LLAMA_7B, 47, 1759030434304",
        "LLAMA_7B, 65, 2235796969984",
        "LLAMA_13B, 47, 2929328577024",
        "LLAMA_13B, 65, 3856295975424",
    })
    void countsWhatThePeerCounts(Preset preset, int tokens, double expected) {
        assertEquals(
                expected,
                Flops.perSample(
                        preset.vit(), preset.qformer(), preset.llama(), tokens, tokens - 33),
                1e-12 * expected);
    }
}
