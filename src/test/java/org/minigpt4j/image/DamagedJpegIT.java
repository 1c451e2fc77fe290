package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.TestProcess;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** What native code prints reaches no stream of Java's, so a process of its own is listened to. */
class DamagedJpegIT {

    @Test
    void damagedFilesAreReportedAndNothingIsPrinted() throws Exception {
        Process process =
                TestProcess.start(
                        new ProcessBuilder(
                                        ProcessHandle.current().info().command().orElseThrow(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Reader.class.getName())
                                .redirectErrorStream(true));
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        assertTrue(printed.matches("[0-9]+ broken\\R"), printed);
        assertTrue(Integer.parseInt(printed.split(" ")[0]) > 100, printed);
    }

    /** The process: reads damaged files and prints how many of them are broken. */
    static final class Reader {

        private Reader() {}

        public static void main(String[] args) {
            ImageDecoder decoder = new ImageDecoder(1_000_000);
            SceneWorld world = new SceneWorld(1, 60);
            SplittableRandom random = new SplittableRandom(5);
            int broken = 0;
            for (int i = 0; i < 1000; i++) {
                try {
                    decoder.decode(ImageDecoderTest.damaged(world.jpeg(i % 10), random));
                } catch (BadImageException e) {
                    broken++;
                }
            }
            System.out.println(broken + " broken");
        }
    }
}
