package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder as Spark's distribution leaves one: its jars and none of ours, and a {@code
 * bin/spark-submit}. The jars are those of the build.
 */
public final class SparkDistribution {

    /** What Spark's distribution holds of what the build counts as ours. */
    private static final Pattern SHARED =
            Pattern.compile(
                    "(commons-(codec|compress|io|lang3)|gson|hadoop-client|jackson|jsr305|log4j"
                            + "|netty-(?!nio)|slf4j-api|snakeyaml|snappy-java)-?.*");

    private SparkDistribution() {}

    /** Makes one, and builds what the scripts need where that is due. */
    public static Path in(Path folder) throws Exception {
        Path log = Files.createFile(folder.resolveSibling("build.log"));
        Process build =
                ScriptedPreparation.process(
                        List.of("launch/minigpt4j", "--version"), Map.of(), log);
        assertEquals(0, build.waitFor(), Files.readString(log));
        Path jars = Files.createDirectories(folder.resolve("jars"));
        link(Path.of("target/spark/jars"), Pattern.compile(".*"), jars);
        link(Path.of("target/lib"), SHARED, jars);
        Path submit = Files.createDirectories(folder.resolve("bin")).resolve("spark-submit");
        Files.writeString(
                submit,
                """
                #!/bin/bash
                exec "$JAVA_HOME/bin/java" $SPARK_SUBMIT_OPTS -cp "$SPARK_HOME/jars/*" org.apache.spark.deploy.SparkSubmit "$@"
                """);
        Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }

    private static void link(Path from, Pattern names, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (names.matcher(name).matches()) {
                    linkOrCopy(file, to.resolve(name));
                }
            }
        }
    }

    private static void linkOrCopy(Path file, Path to) throws IOException {
        try {
            Files.createLink(to, file);
        } catch (IOException | UnsupportedOperationException otherDisk) {
            Files.copy(file, to);
        }
    }
}
