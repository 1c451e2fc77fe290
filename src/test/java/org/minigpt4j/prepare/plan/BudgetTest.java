package org.minigpt4j.prepare.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.config.SampleBudget;

import java.util.List;
import java.util.Random;

class BudgetTest {

    @Test
    void upstreamsMixtureIsSharedToTheLastSample() {
        List<Long> shares = Budget.shares(new SampleBudget(5_200_000), List.of(115.0, 14.0));
        assertEquals(List.of(4_635_659L, 564_341L), shares);
        assertEquals(
                List.of(Long.MAX_VALUE, Long.MAX_VALUE),
                Budget.shares(SampleBudget.ALL, List.of(115.0, 14.0)));
    }

    @Test
    void capsAddUpToWhatIsMissing() {
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            long missing = 1 + random.nextInt(100_000);
            double rate = random.nextInt(4) == 0 ? 1 : 0.001 + random.nextDouble();
            List<Long> caps = Budget.caps(missing, Math.min(1, rate), 1000, 1_000_000);
            assertEquals(missing, caps.stream().mapToLong(Long::longValue).sum());
            assertTrue(caps.stream().allMatch(cap -> cap > 0), caps.toString());
        }
    }

    @Test
    void aFirstRoundFillsShardsAndTheLastTakesTheRest() {
        assertEquals(List.of(100L, 100L, 50L), Budget.caps(250, 1, 100, 9));
        assertEquals(List.of(100L, 100L), Budget.caps(250, 1, 100, 2));
        // Half of the pairs fail: twice as many shards.
        assertEquals(List.of(50L, 50L, 50L, 50L, 50L), Budget.caps(250, 0.5, 100, 9));
    }

    @Test
    void keysAreThoseOfImg2dataset() {
        assertEquals("000120034", new SampleKeys(10_000).key(12, 34));
        assertEquals("00012034", new SampleKeys(1_000).key(12, 34));
        assertEquals("1234567890", new SampleKeys(10_000).key(123_456, 7890));
    }
}
