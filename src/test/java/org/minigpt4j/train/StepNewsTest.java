package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minigpt4j.data.sample.Fault;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

class StepNewsTest {

    private static final StepReport STEP =
            new StepReport(
                    7,
                    1,
                    0.1,
                    0.2,
                    Double.NaN,
                    65536,
                    true,
                    new Workload(1, 2, 3, 4e12),
                    new StepTimes(0.01, 0.02, 0.03, 0.04),
                    new ProcessMemory(1L << 40, 5),
                    1e15);

    @Test
    void aStepAndItsEpochComeOutAsTheyWentIn() {
        for (var heldOut : new OptionalDouble[] {OptionalDouble.empty(), OptionalDouble.of(2.5)}) {
            var skipped = Map.of(Fault.values()[0], 3L, Fault.values()[1], 1L);
            var epoch = new EpochReport(1, 7, 0.3, 0.4, heldOut, Map.of("cider", 0.5), skipped);
            var news = new StepNews(STEP, Optional.of(epoch));
            assertEquals(news, StepNews.decode(news.encode()));
        }
        assertEquals(
                new StepNews(STEP, Optional.empty()),
                StepNews.decode(new StepNews(STEP, Optional.empty()).encode()));
    }
}
