package org.minigpt4j.data.feature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Processes that fill one store together and are killed in the middle lose nothing they kept. */
@Timeout(60)
class FeatureStoreKillIT {

    private static final int LENGTH = 4096;
    private static final int PROCESSES = 2;

    @TempDir Path folder;

    @Test
    void whatKilledProcessesKeptIsThere() throws Exception {
        for (int round = 0; round < 3; round++) {
            List<Process> writers = new ArrayList<>();
            List<Integer> kept = new ArrayList<>();
            try {
                for (int i = 0; i < PROCESSES; i++) {
                    writers.add(begin(round * PROCESSES + i));
                }
                for (Process writer : writers) {
                    kept.add(readUntil(writer.inputReader(), 100 + 137 * round));
                }
            } finally {
                writers.forEach(Process::destroyForcibly);
            }
            for (Process writer : writers) {
                assertTrue(writer.waitFor() != 0, "it did not end by itself");
            }
            try (FeatureStore store = Filler.open(folder)) {
                for (int i = 0; i < PROCESSES; i++) {
                    int number = round * PROCESSES + i;
                    for (int sample = 0; sample <= kept.get(i); sample++) {
                        String name = number + "/" + sample;
                        assertArrayEquals(
                                Filler.features(sample),
                                store.get(name).orElseThrow(() -> new AssertionError(name)));
                    }
                }
            }
        }
    }

    private Process begin(int number) throws IOException {
        return TestProcess.start(
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Filler.class.getName(),
                                folder.toString(),
                                Integer.toString(number))
                        .redirectError(ProcessBuilder.Redirect.INHERIT));
    }

    /** Reads until so many samples are said to be kept; the number of the last. */
    private static int readUntil(BufferedReader out, int wanted) throws IOException {
        int last = -1;
        while (last < wanted) {
            String line = out.readLine();
            assertTrue(line != null, "the writer ended by itself");
            last = Integer.parseInt(line);
        }
        return last;
    }

    /** The process: keeps samples without end and says so. */
    static final class Filler {

        private Filler() {}

        public static void main(String[] args) {
            try (FeatureStore store = open(Path.of(args[0]))) {
                for (int sample = 0; ; sample++) {
                    store.put(args[1] + "/" + sample, features(sample));
                    System.out.println(sample);
                }
            }
        }

        static FeatureStore open(Path folder) {
            return FeatureStore.open(folder, "test", FeatureFormat.FP32, LENGTH);
        }

        static float[] features(int sample) {
            float[] values = new float[LENGTH];
            Arrays.fill(values, sample * 0.5f);
            values[0] = -1;
            return values;
        }
    }
}
