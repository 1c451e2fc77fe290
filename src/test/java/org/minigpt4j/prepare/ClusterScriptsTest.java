package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the scripts of {@code launch/spark} say before anything is built or submitted. */
class ClusterScriptsTest {

    @TempDir private Path temp;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "standalone | -                                     | -- | set MASTER",
                "standalone | MASTER=k8s://https://host             | -- | spark://HOST:7077; it is"
                        + " 'k8s:",
                "standalone | MASTER=spark://host:7077              | x  | put -- before the"
                        + " options",
                "standalone | MASTER=spark://host:1 SPARK_HOME=/no  | -- | no bin/spark-submit in"
                        + " /no",
                "yarn       | -                                     | -- | set HADOOP_CONF_DIR",
                "yarn       | HADOOP_CONF_DIR=/no/conf              | -- | no folder /no/conf",
                "slurm      | -                                     | -- | this is no Slurm"
                        + " allocation",
                "kubernetes | -                                     | -- | set MASTER",
                "kubernetes | MASTER=spark://host:7077              | -- | k8s://https://HOST:6443;"
                        + " it",
                "kubernetes | MASTER=k8s://https://host:6443        | -- | set SPARK_IMAGE",
            })
    void wrongUseIsToldAndEndsWithTwo(String script, String variables, String word, String said)
            throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String variable : variables == null ? new String[0] : variables.split(" ")) {
            String[] parts = variable.split("=", 2);
            environment.put(parts[0], parts[1]);
        }
        assertSays(2, said, environment, "launch/spark/" + script, "--conf", "spark.a=b", word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"standalone", "yarn", "kubernetes", "slurm"})
    void helpIsGivenWithoutACluster(String script) throws Exception {
        assertSays(0, "launch/spark/" + script, Map.of(), "launch/spark/" + script, "--help");
    }

    @ParameterizedTest
    @ValueSource(strings = {"spark-core_2.12-4.2.0.jar", "spark-core_2.13-3.5.1.jar"})
    void anotherSparkIsRefused(String jar) throws Exception {
        Path submit = Files.createDirectories(temp.resolve("bin")).resolve("spark-submit");
        assertTrue(Files.createFile(submit).toFile().setExecutable(true));
        Files.createFile(Files.createDirectories(temp.resolve("jars")).resolve(jar));
        assertSays(
                2,
                "is no Spark 4.2 for Scala 2.13",
                Map.of("MASTER", "spark://host:7077", "SPARK_HOME", temp.toString()),
                "launch/spark/standalone",
                "--");
    }

    private void assertSays(
            int exitCode, String said, Map<String, String> environment, String... command)
            throws Exception {
        Path log = temp.resolve("log");
        Process process = ScriptedPreparation.process(List.of(command), environment, log);
        assertEquals(exitCode, process.waitFor());
        String printed = Files.readString(log);
        assertTrue(printed.contains(said), printed);
    }
}
