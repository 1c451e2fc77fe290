package org.minigpt4j.cli.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.cli.TrainProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Kills {@code weights convert} while it writes, and runs the same command again. */
@Timeout(300)
class ConvertKillIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    @TempDir private Path temp;

    @Test
    void whatIsThereIsWholeAndTheSameCommandFinishes() throws Exception {
        kill(3);
    }

    @Test
    @Tag("soak")
    @Timeout(3600)
    void whatIsThereIsWholeAfterManyKills() throws Exception {
        kill(100);
    }

    private void kill(int kills) throws Exception {
        Path in = Goldens.path("weights/eva_vit_g.pth");
        Path unbroken = temp.resolve("unbroken/out.safetensors");
        assertEquals(0, convert(in, unbroken).waitFor());
        byte[] whole = Files.readAllBytes(unbroken);
        long seed = System.nanoTime();
        System.out.println("ConvertKillIT: seed " + seed);
        Random random = new Random(seed);
        Path folder = Files.createDirectories(temp.resolve("killed"));
        Path out = folder.resolve("out.safetensors");
        for (int i = 0; i < kills; i++) {
            Process process = convert(in, out);
            boolean writing = false;
            while (process.isAlive() && !writing) {
                writing = !names(folder, ".tmp").isEmpty();
            }
            LockSupport.parkNanos(random.nextInt(3_000_000));
            process.destroyForcibly();
            process.waitFor();
            if (Files.exists(out)) {
                assertArrayEquals(whole, Files.readAllBytes(out), "what is there is whole");
                Files.delete(out);
            }
        }
        Process last = convert(in, out);
        String said = new String(last.getInputStream().readAllBytes());
        assertEquals(0, last.waitFor(), said);
        assertArrayEquals(whole, Files.readAllBytes(out));
    }

    private static Process convert(Path in, Path out) throws IOException {
        return PROCESS.start(List.of("weights", "convert", in.toString(), out.toString()));
    }

    private static List<String> names(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .toList();
        }
    }
}
