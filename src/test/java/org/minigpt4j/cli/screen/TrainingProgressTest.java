package org.minigpt4j.cli.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minigpt4j.train.ProcessMemory;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.StepTimes;
import org.minigpt4j.train.Workload;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

class TrainingProgressTest {

    @Test
    void aFileGetsTheFirstStepEveryFifthAndTheLast() {
        assertEquals(
                List.of(
                        "epoch 0  [1/12]",
                        "epoch 0  [5/12]",
                        "epoch 0  [10/12]",
                        "epoch 0  [12/12]"),
                lines(0, 12));
    }

    @Test
    void aResumedRunSaysAtOnceThatItGoesOn() {
        assertEquals(
                List.of("epoch 0  [9/12]", "epoch 0  [10/12]", "epoch 0  [12/12]"), lines(8, 12));
    }

    /** The head of each line about the steps after {@code first}. */
    private static List<String> lines(int first, int steps) {
        StringWriter said = new StringWriter();
        try (TrainingProgress progress =
                new TrainingProgress(new PrintWriter(said, true), false, 5, () -> 80)) {
            progress.begin(first, steps);
            for (int step = first + 1; step <= steps; step++) {
                progress.step(
                        new StepReport(
                                step,
                                0,
                                1,
                                0.1,
                                1,
                                1,
                                false,
                                new Workload(1, 2, 3, 4e12),
                                new StepTimes(0.01, 0.02, 0.03, 0.04),
                                new ProcessMemory(1, 0),
                                1e15));
            }
        }
        return said.toString().lines().map(line -> line.replaceFirst("  loss.*", "")).toList();
    }
}
