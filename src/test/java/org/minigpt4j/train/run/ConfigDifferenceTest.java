package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

class ConfigDifferenceTest {

    private static Map<String, Object> run(Map<String, Object> keys) {
        return Map.of("run", keys);
    }

    @Test
    void namesWhatChangesAResult() {
        assertEquals(
                List.of("run.init_lr (was 0.1, is 0.2)"),
                ConfigDifference.between(
                        run(Map.of("init_lr", 0.1, "log_freq", 5)),
                        run(Map.of("init_lr", 0.2, "log_freq", 9)),
                        key -> false));
    }

    @Test
    void aKeyThatCameWithALaterVersionChangesNothingUntilSomebodyWritesIt() {
        Map<String, Object> before = run(Map.of("seed", 1));
        Map<String, Object> now = run(Map.of("seed", 1, "later", List.of("x"), "told", true));
        assertEquals(
                List.of("run.told (was null, is true)"),
                ConfigDifference.between(before, now, Set.of("run.later[0]")::contains));
        assertEquals(
                List.of("run.seed (was 1.0, is 2.0)"),
                ConfigDifference.between(before, run(Map.of("seed", 2)), key -> true));
    }
}
