package org.minigpt4j.eval.foreign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Metrics out of jars, which are programs of their own. */
class JarProcessIT {

    private static final List<CaptionPair> PAIRS =
            List.of(
                    new CaptionPair("a  dog ||| x", List.of("a dog", "a cat")),
                    new CaptionPair("abcd", List.of("e")));

    @TempDir Path temp;

    @Test
    void meteorIsAskedAsPycocoevalcapAsksIt() throws Exception {
        CaptionScore score = new MeteorJar(jar(FakeMetric.class)).score(PAIRS);
        assertEquals("METEOR", score.name());
        // The bars are gone from "a  dog ||| x", and so are the double blanks, once.
        assertArrayEquals(new double[] {"a dog x".length() / 100.0, 0.04}, score.each());
        assertEquals(0.07, score.corpus().orElseThrow());
    }

    @Test
    void spiceReadsAndWritesFiles() throws Exception {
        CaptionScore score = new SpiceJar(jar(FakeMetric.class)).score(PAIRS);
        assertArrayEquals(new double[] {0, 0.5}, score.each());
        assertEquals(0.25, score.corpus().orElseThrow());
    }

    /** Says something else than numbers. */
    public static final class Babbler {
        public static void main(String[] args) {
            System.err.println("no data here");
            System.exit(3);
        }
    }

    @Test
    void aProgramThatFailsIsAnErrorWithItsLastWords() throws Exception {
        Path jar = jar(Babbler.class);
        var failed = assertThrows(FailedException.class, () -> new MeteorJar(jar).score(PAIRS));
        assertTrue(failed.getMessage().contains("no data here"), failed.getMessage());
        failed = assertThrows(FailedException.class, () -> new SpiceJar(jar).score(PAIRS));
        assertTrue(failed.getMessage().contains("exit code 3"), failed.getMessage());
        Path none = temp.resolve("none.jar");
        assertThrows(UsageException.class, () -> new MeteorJar(none).score(PAIRS));
    }

    private Path jar(Class<?> main) throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main.getName());
        Path jar = temp.resolve(main.getSimpleName() + ".jar");
        String name = main.getName().replace('.', '/') + ".class";
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest);
                InputStream in = main.getClassLoader().getResourceAsStream(name)) {
            out.putNextEntry(new JarEntry(name));
            in.transferTo(out);
            out.closeEntry();
        }
        return jar;
    }
}
