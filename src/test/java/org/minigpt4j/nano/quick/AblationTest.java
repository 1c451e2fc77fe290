package org.minigpt4j.nano.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.nano.exam.ExamMarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class AblationTest {

    @Test
    void thePageHasARowForEach() throws Exception {
        String page = Files.readString(Path.of("docs/ablations.md"));
        for (Ablation ablation : Ablation.ALL) {
            String row = "| `%s` | %s |".formatted(ablation.name(), ablation.text());
            assertTrue(page.contains(row), row);
        }
    }

    @Test
    void theirOptionsAreOnesThatTheFilesTake() {
        for (Ablation ablation : Ablation.ALL) {
            ablation.stage1().ifPresent(options -> assertTaken("quickstart_stage1", options));
            ablation.stage2().ifPresent(options -> assertTaken("quickstart_stage2", options));
        }
    }

    private static void assertTaken(String file, List<String> options) {
        List<String> all = new ArrayList<>(List.of("run.seed=1"));
        all.addAll(options);
        // Files that are not there yet are no mistakes of the options.
        TrainConfig.plan(Path.of("train_configs", file + ".yaml"), all);
    }

    @Test
    void aRowHasMeanAndSpread() {
        AblationResults results =
                new AblationResults(
                        Ablation.of("both").orElseThrow(), List.of(marks(0.90), marks(0.94)));
        assertEquals(
                "| `both` | both stages, as the quickstart has them | 92.0 ± 2.8 | 50.0 ± 0.0 | 0.0"
                        + " ± 0.0 | 25.0 ± 0.0 | 0.0 ± 0.0 |",
                results.row());
        assertTrue(results.json().contains("0.94"), results.json());
    }

    private static ExamMarks marks(double answers) {
        return new ExamMarks(answers, Map.of(), 0, 0.5, 0, 0.25, 0);
    }
}
