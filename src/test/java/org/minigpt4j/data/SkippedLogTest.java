package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.Skip;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class SkippedLogTest {

    @TempDir private Path temp;

    @Test
    void aListThatWasCutAnywhereIsGoneOnWith() throws Exception {
        Path file = temp.resolve("skipped.jsonl");
        try (SkippedLog log = open(file, 0)) {
            log.loaded(List.of(new Skip("déjà", "clé", Fault.NO_IMAGE, "où ?")), 3);
            log.loaded(List.of(new Skip("déjà", "vu€", Fault.NO_IMAGE, "où ?")), 4);
        }
        byte[] whole = Files.readAllBytes(file);
        int first = new String(whole, StandardCharsets.UTF_8).indexOf('\n');
        int begin =
                new String(whole, StandardCharsets.UTF_8)
                        .substring(0, first + 1)
                        .getBytes(StandardCharsets.UTF_8)
                        .length;
        for (int cut = begin; cut <= whole.length; cut++) {
            Files.write(file, Arrays.copyOf(whole, cut));
            try (SkippedLog log = open(file, 5)) {
                long lines = cut == whole.length ? 2 : 1;
                assertEquals(Map.of(Fault.NO_IMAGE, lines), log.counts(), "cut at " + cut);
            }
        }
    }

    private static SkippedLog open(Path file, long position) {
        return new SkippedLog(new BatchSettings.Skips(Optional.of(file), 0.5), position);
    }
}
