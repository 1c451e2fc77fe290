package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * launch/minigpt4j in a checkout of its own, with a java and a Maven that only say what they do.
 */
class LaunchScriptTest {

    @TempDir private Path home;
    private Path bin;

    private record Said(int code, String text) {}

    @BeforeEach
    void setUp() throws IOException {
        Files.createDirectories(home.resolve("launch"));
        Files.createDirectories(home.resolve("src/main"));
        Files.writeString(home.resolve("pom.xml"), "");
        Files.copy(Path.of("launch/minigpt4j"), home.resolve("launch/minigpt4j"));
        bin = Files.createDirectories(home.resolve("bin"));
        script("javac", "");
        script(
                "java",
                "[[ $1 != -version ]] || { echo 'openjdk version \"17.0.1\"' >&2; exit; }\n"
                        + "echo ran");
        script(
                "mvn",
                "echo built >>\"$HOME/builds\"\n[[ ! -e $HOME/dies ]] || kill -9 $PPID\n"
                        + "mkdir -p target/lib target/spark/jars\n"
                        + "touch target/lib/a.jar target/spark/jars/b.jar target/minigpt4j.jar");
    }

    @Test
    void anInterruptedBuildIsMadeAgainAndAWholeOneIsNot() throws Exception {
        Files.writeString(home.resolve("dies"), "");
        assertEquals(137, launch().code());
        // As far as it came: a jar, and part of the libraries.
        Files.createDirectories(home.resolve("target/lib"));
        Files.writeString(home.resolve("target/minigpt4j.jar"), "");
        Files.writeString(home.resolve("target/lib/cut.jar"), "");
        Files.delete(home.resolve("dies"));
        Said second = launch();
        assertEquals(0, second.code(), second.text());
        assertTrue(second.text().endsWith("ran\n"), second.text());
        assertTrue(Files.notExists(home.resolve("target/lib/cut.jar")), "it may be cut");
        assertEquals("ran\n", launch().text());
        assertEquals(2, Files.readAllLines(home.resolve("builds")).size());
    }

    @Test
    void aJarWithoutItsLibrariesIsBuiltAgain() throws Exception {
        Files.createDirectories(home.resolve("target"));
        Files.writeString(home.resolve("target/minigpt4j.jar"), "");
        assertTrue(launch().text().startsWith("Building minigpt4j"));
    }

    @Test
    void whatIsMissingIsSaidInOneSentence() throws Exception {
        script("java", "echo 'openjdk version \"11.0.2\"' >&2");
        Said old = launch();
        assertEquals(2, old.code());
        assertTrue(old.text().contains("is version 11.0.2; minigpt4j needs a JDK"), old.text());
        assertEquals(1, old.text().lines().count(), old.text());
        script("java", "echo 'java version \"1.8.0_382\"' >&2");
        assertTrue(launch().text().contains("is version 1.8.0_382;"));
        setUpAgain();
        Files.delete(bin.resolve("javac"));
        assertTrue(launch().text().contains("no compiler beside it"), launch().text());
    }

    @Test
    void onlyAHelpIsRunWithTheFirstCompilerAlone() throws Exception {
        launch();
        script(
                "java",
                "[[ $1 != -version ]] || { echo 'openjdk version \"17.0.1\"' >&2; exit; }\n"
                        + "echo \"$*\"");
        String quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
        assertTrue(launch("train", "--help").text().contains(quick));
        assertTrue(launch("track", "list", "-h").text().contains(quick));
        assertFalse(launch("train", "--cfg-path", "help.yaml").text().contains("Tiered"));
    }

    private void setUpAgain() throws IOException {
        script("java", "echo 'openjdk version \"17.0.1\"' >&2");
    }

    private void script(String name, String body) throws IOException {
        Path file = Files.writeString(bin.resolve(name), "#!/usr/bin/env bash\n" + body + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private Said launch(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("bash", home.resolve("launch/minigpt4j").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("HOME", home.toString());
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        Process process = TestProcess.start(builder, Duration.ofSeconds(60));
        byte[] said = process.getInputStream().readAllBytes();
        return new Said(process.waitFor(), new String(said, StandardCharsets.UTF_8));
    }
}
