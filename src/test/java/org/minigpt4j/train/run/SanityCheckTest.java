package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.train.ProcessMemory;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.StepTimes;
import org.minigpt4j.train.Workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

class SanityCheckTest {

    @Test
    void aLossThatStaysAtTheLogarithmOfTheVocabularyIsReportedOnce() {
        List<String> warnings = warnings(i -> 10.375, 32);
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).contains("merge-delta"), warnings.get(0));
    }

    @Test
    void aLossThatOnlyPassesThereIsNot() {
        assertEquals(List.of(), warnings(i -> 11.0 - 0.05 * i, 32));
    }

    @Test
    void anStepWithoutLabelsIsReportedOnce() {
        List<String> warnings = warnings(i -> 0, 0);
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).contains("no token of step 1 "), warnings.get(0));
    }

    private static List<String> warnings(IntToDoubleFunction loss, int labels) {
        List<String> warnings = new ArrayList<>();
        var check = new SanityCheck(32001, warnings::add);
        for (int i = 1; i <= 100; i++) {
            check.step(
                    new StepReport(
                            i,
                            0,
                            loss.applyAsDouble(i),
                            1e-4,
                            1,
                            1,
                            false,
                            new Workload(4, 260, labels, 1e9),
                            new StepTimes(0, 1, 0, 0),
                            new ProcessMemory(0, 0),
                            1e12));
        }
        return warnings;
    }
}
