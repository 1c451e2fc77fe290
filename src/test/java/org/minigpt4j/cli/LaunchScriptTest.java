package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
        assertTrue(launch().text().contains("no compiler next to it"), launch().text());
    }

    @Test
    void onlyAHelpIsRunWithTheFirstCompilerAlone() throws Exception {
        launch();
        echo();
        String quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
        assertTrue(launch("train", "--help").text().contains(quick));
        assertTrue(launch("track", "list", "-h").text().contains(quick));
        assertFalse(launch("train", "--help").text().contains("--add-opens"), "Spark does not run");
        String training = launch("train", "--cfg-path", "help.yaml").text();
        assertFalse(training.contains("Tiered"), training);
        assertTrue(training.contains("--add-opens=java.base/java.nio=ALL-UNNAMED"), training);
    }

    @Test
    void picocliIsTheJvmsOwn() throws Exception {
        launch();
        echo();
        Path picocli = Files.createFile(home.resolve("target/lib/picocli-4.7.7.jar"));
        String said = launch("train").text();
        assertTrue(said.contains(" -Xbootclasspath/a:" + picocli + " "), said);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ". launch/minigpt4j train",
                ". ./launch/minigpt4j train",
                "launch minigpt4j train",
                "launch ./minigpt4j train",
                "launch ../launch/minigpt4j train",
                "src/main ../../launch/minigpt4j train",
                ". launch/train",
                "launch train",
                "launch ./train",
                "src ../launch/train"
            })
    void itIsFoundFromAnywhere(String start) throws Exception {
        launch();
        echo();
        Files.copy(Path.of("launch/train"), home.resolve("launch/train"));
        String[] words = start.split(" ");
        List<String> command = new ArrayList<>(List.of("bash"));
        command.addAll(List.of(words).subList(1, words.length));
        Said said = run(command, home.resolve(words[0]));
        assertEquals(0, said.code(), said.text());
        assertTrue(
                said.text().contains(" -cp " + home.toRealPath() + "/target/minigpt4j.jar:"),
                said.text());
        assertTrue(said.text().endsWith("org.minigpt4j.cli.Main train\n"), said.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"LC_ALL=C", "LC_ALL=POSIX", "LC_CTYPE=C", "LANG=POSIX", "LANG="})
    void aLocaleThatKnowsAsciiAloneIsReplaced(String locale) throws Exception {
        launch();
        tellTheLocale();
        String utf8 = "C.UTF-8 -Dsun.jnu.encoding=UTF-8 -Dfile.encoding=UTF-8 -Dmine=1";
        assertTrue(under(locale, "launch/minigpt4j", "train").contains(utf8));
        String submitted = under(locale, "launch/spark/standalone", "--", "--cfg-path", "f");
        assertTrue(submitted.contains(utf8), submitted);
        // Nobody knows the locale of the hosts.
        String flags = "-Dsun.jnu.encoding=UTF-8 -Dfile.encoding=UTF-8";
        assertTrue(submitted.contains("spark.executor.defaultJavaOptions=" + flags), submitted);
        assertTrue(submitted.contains("spark.executorEnv.LC_ALL=C.UTF-8"), submitted);
        // Where there is no program that tells the locale, the variables do.
        script("locale", "exit 127");
        assertTrue(under(locale, "launch/minigpt4j", "train").contains(utf8));
        assertTrue(under(locale, "launch/spark/standalone", "--").contains(utf8));
    }

    @Test
    void aLocaleWithMoreIsLeftAlone() throws Exception {
        launch();
        tellTheLocale();
        script("locale", "echo UTF-8");
        for (String script : List.of("launch/minigpt4j", "launch/spark/standalone")) {
            String said = under("LC_ALL=fa_IR.UTF-8", script, "--");
            assertTrue(said.contains("locale fa_IR.UTF-8"), said);
            String last = said.substring(said.indexOf("locale fa_IR"));
            assertFalse(last.contains("sun.jnu.encoding"), said);
        }
    }

    /** Java, and a Spark of its own, say their locale and JVM flags. */
    private void tellTheLocale() throws IOException {
        script(
                "java",
                "[[ $1 != -version ]] || { echo 'openjdk version \"17.0.1\"' >&2; exit; }\n"
                        + "all=\"$*\"\necho \"locale ${LC_ALL:-none} -D${all#*PyTorch -D}\"");
        Path spark = Files.createDirectories(home.resolve("launch/spark"));
        for (String name : List.of("submit", "standalone")) {
            Path copy = spark.resolve(name);
            Files.copy(Path.of("launch/spark", name), copy);
            assertTrue(copy.toFile().setExecutable(true));
        }
        assertTrue(home.resolve("launch/minigpt4j").toFile().setExecutable(true));
        Files.createDirectories(home.resolve("spark/jars"));
        Files.createFile(home.resolve("spark/jars/spark-core_2.13-4.2.0.jar"));
        script(
                "spark-submit",
                "echo \"$*\"\nall=\"$SPARK_SUBMIT_OPTS\"\n"
                        + "echo \"locale ${LC_ALL:-none} -D${all#*TRACKING=true -D}\"");
        Files.createDirectories(home.resolve("spark/bin"));
        Files.copy(bin.resolve("spark-submit"), home.resolve("spark/bin/spark-submit"));
        assertTrue(home.resolve("spark/bin/spark-submit").toFile().setExecutable(true));
    }

    private String under(String locale, String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("env", "-u", "LC_ALL", "-u", "LC_CTYPE", "-u", "LANG", locale));
        command.addAll(List.of("JAVA_OPTS=-Dmine=1", "MASTER=spark://host:1"));
        command.addAll(List.of("SPARK_HOME=" + home.resolve("spark"), "bash"));
        command.add(home.resolve(script).toString());
        command.addAll(List.of(arguments));
        Said said = run(command);
        assertEquals(0, said.code(), said.text());
        return said.text();
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
        return run(command);
    }

    /** Java says how it was called. */
    private void echo() throws IOException {
        script(
                "java",
                "[[ $1 != -version ]] || { echo 'openjdk version \"17.0.1\"' >&2; exit; }\n"
                        + "echo \"$*\"");
    }

    private Said run(List<String> command) throws Exception {
        return run(command, Path.of(""));
    }

    private Said run(List<String> command, Path where) throws Exception {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(where.toAbsolutePath().toFile());
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("HOME", home.toString());
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        Process process = TestProcess.start(builder, Duration.ofSeconds(60));
        byte[] said = process.getInputStream().readAllBytes();
        return new Said(process.waitFor(), new String(said, StandardCharsets.UTF_8));
    }
}
