package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real exchange between ranks in one process, which compares sums itself. */
@Timeout(300)
class AllreduceBenchIT {

    private static AllreduceBench.Result run(int ranks) throws InterruptedException {
        return new AllreduceBench(1_000_000, 3).run(ranks);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void aFewRanksAddUpWhatOneProcessDoes(int ranks) throws Exception {
        AllreduceBench.Result result = run(ranks);
        assertEquals(ranks, result.ranks());
        assertEquals(1_000_000, result.bytes(), 3_000);
        assertTrue(result.bestMillis() > 0);
        assertTrue(result.medianMillis() >= result.bestMillis());
    }

    @Test
    @Tag("soak")
    void sixtyFourRanksDoAsWell() throws Exception {
        assertEquals(64, run(64).ranks());
    }
}
