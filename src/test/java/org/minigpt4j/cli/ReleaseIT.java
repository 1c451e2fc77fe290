package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The release runs from an empty folder, under another user, without Maven and without sources. */
class ReleaseIT {

    @TempDir static Path folder;

    private static Path home;

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        Path archive;
        try (Stream<Path> built = Files.list(Path.of("target"))) {
            archive =
                    built.filter(file -> file.toString().endsWith(".tar.gz"))
                            .findFirst()
                            .orElseThrow();
        }
        home = folder.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
        assertEquals("", run(folder, List.of("tar", "xzf", archive.toAbsolutePath().toString())));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Test
    void itHoldsWhatAStrangerNeeds() throws IOException {
        for (String file :
                List.of(
                        "LICENSE",
                        "NOTICE",
                        "README.md",
                        "bom.json",
                        "docs/training.md",
                        "train_configs/quickstart_stage1.yaml",
                        "eval_configs/quickstart_eval.yaml",
                        "launch/spark/standalone")) {
            assertTrue(Files.exists(home.resolve(file)), file);
        }
        assertFalse(Files.exists(home.resolve("pom.xml")));
        assertTrue(Files.readString(home.resolve("bom.json")).contains("\"CycloneDX\""));
        try (Stream<Path> jars = Files.list(home.resolve("dist/spark/jars"))) {
            assertFalse(jars.anyMatch(jar -> jar.toString().contains("rocksdb")));
        }
    }

    @Test
    void itRunsForAnotherUser() throws IOException, InterruptedException {
        String version = asAnother("launch/minigpt4j", "--version");
        assertTrue(version.startsWith("minigpt4j "), version);
        assertTrue(home.endsWith("minigpt4j-" + version.split("\\s+")[1]), version);
        Path work = folder.resolve("work");
        asAnother("launch/scenes", "--out", work.resolve("scenes").toString(), "--stage1", "20");
        assertTrue(Files.exists(work.resolve("scenes")), "no scenes");
        String step =
                asAnother(
                        "launch/bench", "step", "--preset", "nano", "--batch", "2", "--steps", "1");
        assertTrue(step.contains("tflop_per_sample"), step);
    }

    /** Runs a script of the release; as user 65534 where this test may become another one. */
    private static String asAnother(String script, String... args)
            throws IOException, InterruptedException {
        Path work = folder.resolve("work");
        if (!Files.exists(work)) {
            Files.createDirectory(work);
            Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(
                    List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"));
        }
        command.add(home.resolve(script).toString());
        command.addAll(List.of(args));
        return run(work, command);
    }

    private static String run(Path where, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
        builder.environment().put("HOME", where.toString());
        // A JDK and the system's own programs: no Maven.
        builder.environment()
                .put(
                        "PATH",
                        System.getProperty("java.home")
                                + "/bin"
                                + File.pathSeparator
                                + "/usr/bin:/bin");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = TestProcess.start(builder);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command + ": " + said);
        return said;
    }
}
