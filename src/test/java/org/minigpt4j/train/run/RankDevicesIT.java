package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrainConfig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** GPUs that Spark gives a rank. */
class RankDevicesIT {

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 8);
    }

    private static String devices(List<String> gpus, String... options) {
        List<String> arguments = files.train("out", Map.of());
        List<String> all = new ArrayList<>(arguments.subList(4, arguments.size()));
        all.addAll(List.of(options));
        Path file = Path.of(arguments.get(2));
        return RankDevices.given(all, gpus, wanted -> TrainConfig.load(file, wanted))
                .run()
                .devices()
                .toString();
    }

    @Test
    void theAutomaticChoiceIsAmongThem() {
        assertEquals("[3]", devices(List.of("3"), "run.device=auto"));
        assertEquals("[2, 5]", devices(List.of("2", "5"), "run.device=cuda"));
        assertEquals("[auto]", devices(List.of(), "run.device=auto"));
    }

    @Test
    void aRunOnProcessorsStaysThere() {
        assertEquals("[auto]", devices(List.of("3"), "run.device=cpu"));
        assertEquals("[cpu x 2]", devices(List.of("3"), "run.devices=cpu x 2"));
    }

    @Test
    void namedGpusMustBeAmongThem() {
        assertEquals("[1]", devices(List.of("0", "1"), "run.devices=[1]"));
        assertWrong(
                "names GPU 2, but Spark assigned 0, 1 to this rank", "run.devices=[2]", "0", "1");
        assertWrong("'GPU-8f1c'", "run.device=cuda", "GPU-8f1c");
    }

    private static void assertWrong(String words, String option, String... gpus) {
        UsageException wrong =
                assertThrows(UsageException.class, () -> devices(List.of(gpus), option));
        assertTrue(wrong.getMessage().contains(words), wrong.getMessage());
    }
}
