package org.minigpt4j.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Preset;

import java.util.Optional;

/** What a run of the real sizes needs, by arithmetic alone. */
class MemoryNeedTest {

    private static final long GB = 1_000_000_000;
    private static final long MACHINE = 24 * GB;

    @Test
    void thirteenBillionFitInto24GbIn8BitsAndNotIn16() {
        assertEquals(
                Optional.empty(), shortage(Preset.LLAMA_13B, ComputePrecision.BF16, true, MACHINE));
        String why =
                shortage(Preset.LLAMA_13B, ComputePrecision.BF16, false, MACHINE).orElseThrow();
        assertTrue(why.contains(" and there are 24.0; lower run.batch_size_train"), why);
        assertTrue(why.endsWith(" or set model.grad_checkpoint or set model.low_resource"), why);
    }

    @Test
    void weightsAreCountedInTheirOwnPrecision() {
        double bf16 = need(Preset.LLAMA_13B, ComputePrecision.BF16, false).weights() / 1e9;
        double int8 = need(Preset.LLAMA_13B, ComputePrecision.BF16, true).weights() / 1e9;
        assertEquals(2 * 13.0 + 2 * 1.1, bf16, 0.6);
        assertEquals(12.7 + 0.65 + 2 * 1.1, int8, 0.6);
    }

    @Test
    void whatCannotBeSavedIsNotAdvised() {
        String why = shortage(Preset.LLAMA_13B, ComputePrecision.BF16, true, 10 * GB).orElseThrow();
        assertTrue(why.endsWith("; use a smaller language model or a larger machine"), why);
        why = shortage(Preset.LLAMA_13B, ComputePrecision.BF16, true, 16 * GB).orElseThrow();
        assertFalse(why.contains("low_resource"), why);
    }

    @Test
    void memoryThatIsNotKnownIsEnough() {
        assertEquals(Optional.empty(), shortage(Preset.LLAMA_13B, ComputePrecision.FP32, false, 0));
    }

    private static Optional<String> shortage(
            Preset preset, ComputePrecision precision, boolean int8, long has) {
        return need(preset, precision, int8).shortage(1, int8, false, GB / 10, has);
    }

    private static MemoryNeed need(Preset preset, ComputePrecision precision, boolean int8) {
        return MemoryNeed.of(
                preset.vit(),
                preset.qformer(),
                preset.llama(),
                0,
                precision,
                int8,
                false,
                2,
                32 + 32 + 10,
                32);
    }
}
